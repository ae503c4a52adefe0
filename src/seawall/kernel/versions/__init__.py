"""Versions: one file for each ordering."""
