"""Rules for compute environments and their instance types."""
