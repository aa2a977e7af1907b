"""Rules for job queues."""
