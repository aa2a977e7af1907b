"""Rules for subnets, interfaces, security groups and EFA."""
