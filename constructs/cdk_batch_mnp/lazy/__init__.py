"""What is defined at import, and completed when it is first used: synthesis imports it all."""
