"""What nodes say to each other, without any socket."""
