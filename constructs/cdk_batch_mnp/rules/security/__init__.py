"""Rules for roles, exposure and user data."""
