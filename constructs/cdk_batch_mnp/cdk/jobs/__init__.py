"""Job definitions: what each node group's containers are."""
