"""The embedded AWS: enough of AWS on this machine for the real CDK to deploy an MNP platform to.

It is moto for the services around, with AWS Batch, CloudFormation and EC2's placement groups in
the place of moto's own, since those lose what matters to multi-node parallel jobs. It is a judge of
its own: it shares no code with the model and the rules, so that it cannot share their mistakes.
"""
