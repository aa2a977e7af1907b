"""Reports of findings, one module for each format."""
