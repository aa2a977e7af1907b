"""Resources of the stacks that stand beside a cluster."""
