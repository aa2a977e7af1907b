"""What a node is: hardware, image, subnets, storage, launch template."""
