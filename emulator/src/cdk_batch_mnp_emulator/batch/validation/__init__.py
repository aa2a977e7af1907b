"""What AWS Batch refuses: bounds of single members, and rules over several of them."""
