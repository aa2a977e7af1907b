"""Frozen dataclasses that are quick to define."""
