"""AWS Batch in the embedded AWS: Describe calls return every member that a request set."""
