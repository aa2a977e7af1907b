"""How the nodes of a job find each other."""
