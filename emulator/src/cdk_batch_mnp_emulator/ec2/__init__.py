"""What EC2 in the embedded AWS has beyond moto's."""
