"""Ports to the outside and their adapters; knows no capability."""
