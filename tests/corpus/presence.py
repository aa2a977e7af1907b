AT_RESOURCES: dict[str, str] = {}
