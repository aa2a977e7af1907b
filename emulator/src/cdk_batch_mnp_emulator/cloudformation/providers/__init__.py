"""Providers of resource types: tables of API calls, and classes where a table is not enough."""
