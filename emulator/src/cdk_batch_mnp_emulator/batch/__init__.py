"""AWS Batch in the embedded AWS: it keeps all that a request says and gives it back as it was."""
