"""Validation of the app, from its synthesized templates."""
