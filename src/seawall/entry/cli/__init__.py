"""The command line: one thin module a group of verbs."""
