"""The reference platform: its settings and its stacks."""
