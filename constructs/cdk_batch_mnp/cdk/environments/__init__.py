"""Compute environments and job queues."""
