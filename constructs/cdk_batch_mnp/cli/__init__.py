"""The command ``cdk-batch-mnp``: a file for each verb."""
