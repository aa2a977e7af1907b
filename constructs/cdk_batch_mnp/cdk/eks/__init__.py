"""Multi-node parallel jobs on Amazon EKS."""
