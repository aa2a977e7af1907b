"""The command ``cdk-batch-mnp``, one module per subcommand."""
