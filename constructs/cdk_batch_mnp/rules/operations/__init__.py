"""Rules for deployments and submissions."""
