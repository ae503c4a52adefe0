"""Seawall: an open clearinghouse for vulnerabilities. `docs/` tells what it is for."""
