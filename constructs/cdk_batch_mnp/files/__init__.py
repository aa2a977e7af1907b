"""Read untrusted files."""
