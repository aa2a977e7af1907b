"""Rules about roles, permissions, isolation, encryption and user data."""
