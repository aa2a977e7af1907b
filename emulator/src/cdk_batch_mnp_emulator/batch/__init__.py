"""AWS Batch in the embedded AWS. Describe operations return every member that a request set."""
