"""Nodes of running jobs: process trees with an address, a host name and a working folder each."""
