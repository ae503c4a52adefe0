"""What the demonstration reads: reports, signals and an inventory, written for it."""
