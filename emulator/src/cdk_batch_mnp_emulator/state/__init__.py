"""What exists in an embedded AWS, in a folder, so that it survives a restart."""
