"""What AWS Batch refuses: limits of single members, and rules about several of them."""
