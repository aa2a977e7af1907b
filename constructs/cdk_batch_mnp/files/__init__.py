"""Reading files that other people may have put there."""
