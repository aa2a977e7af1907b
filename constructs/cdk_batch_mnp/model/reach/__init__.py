"""Whether network interfaces of nodes reach what they need, hop by hop."""
