"""Rules for job definitions, node groups and containers."""
