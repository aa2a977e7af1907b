"""Parts of EC2 that moto does not implement."""
