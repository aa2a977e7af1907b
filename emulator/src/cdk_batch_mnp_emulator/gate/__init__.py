"""Access control: only clients with the right address and a valid signature; no web pages."""
