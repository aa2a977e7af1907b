"""Access control: only clients with the right host name and a valid signature; no web pages."""
