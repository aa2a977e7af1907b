"""Validation of the app, from the templates that it writes."""
