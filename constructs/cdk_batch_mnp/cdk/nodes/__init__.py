"""The nodes: hardware, image, subnets, storage, launch template."""
