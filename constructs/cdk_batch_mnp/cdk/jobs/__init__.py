"""Job definitions, their node groups and containers."""
