"""AWS Lambda: runs functions with a Python or Node.js runtime in local processes."""
