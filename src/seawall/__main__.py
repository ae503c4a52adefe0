"""`python -m seawall` is `seawall`."""

from seawall.entry.cli import main

main()
