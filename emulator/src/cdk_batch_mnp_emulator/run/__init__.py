"""One command from a template to a job that has run."""
