"""Where templates come from: files, folders, cloud assemblies, YAML and JSON with positions."""
