"""Access to a real AWS account. boto3 is imported only when it is used."""
