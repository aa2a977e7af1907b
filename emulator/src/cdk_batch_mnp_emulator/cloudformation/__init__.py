"""CloudFormation in the embedded AWS: creates in order, rolls back, drops nothing silently."""
