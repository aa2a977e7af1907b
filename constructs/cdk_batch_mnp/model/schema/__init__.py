"""The names and enumerated values of the resources that the readers read."""
