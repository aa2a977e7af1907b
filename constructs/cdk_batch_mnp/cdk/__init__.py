"""The constructs: they build the AWS resources, and a model of them that the rules can check."""
