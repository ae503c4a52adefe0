"""One self-contained page that a person can print and work through with a pencil."""
