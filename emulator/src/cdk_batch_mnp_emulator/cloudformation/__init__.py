"""CloudFormation in the embedded AWS: creates in order, rolls back, ignores nothing silently."""
