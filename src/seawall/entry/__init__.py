"""Assembles the rooms and shows them to people and machines."""
