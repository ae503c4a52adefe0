"""Figures, each as a ratio to a named peer or limit in the same run. `python -m benchmarks` prints all of them."""
