"""The embedded AWS: enough of AWS on one machine to deploy an MNP platform with the CDK.

Most services are moto's. AWS Batch, CloudFormation and EC2 placement groups are implemented here,
because moto's versions drop what multi-node parallel jobs depend on. It shares no code with the
library cdk-batch-mnp, so it cannot share bugs of its model and rules.
"""
