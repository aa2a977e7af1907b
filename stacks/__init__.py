"""The reference platform: its settings, and the stacks that they describe."""
