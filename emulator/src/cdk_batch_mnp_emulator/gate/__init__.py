"""Who may use the embedded AWS: its own clients, by address and by signature; no web page."""
