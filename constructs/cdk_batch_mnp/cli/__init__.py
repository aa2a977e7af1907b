"""The command ``cdk-batch-mnp``: each verb in a file of its own, thin, and loaded when needed."""
