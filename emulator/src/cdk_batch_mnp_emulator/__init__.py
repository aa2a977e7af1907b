"""The embedded AWS: enough of AWS on one machine for the CDK to deploy an MNP platform to.

Most services are moto's. AWS Batch, CloudFormation and EC2 placement groups are implemented here,
because moto's lose what multi-node parallel jobs depend on. It shares no code with the library
cdk-batch-mnp, so that it cannot share the mistakes of its model and rules.
"""
