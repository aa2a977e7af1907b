"""Stacks, intrinsic functions, conditions and parameters."""
