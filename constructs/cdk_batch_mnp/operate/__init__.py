"""What asks a real AWS account; boto3 is loaded when it is used, and not before."""
