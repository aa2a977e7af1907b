"""Validation of Batch requests: limits of single members, and rules about several."""
