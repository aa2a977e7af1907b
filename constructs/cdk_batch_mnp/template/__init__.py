"""Read CloudFormation templates into the model, and check them."""
