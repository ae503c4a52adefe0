"""Package environments: what a recipe names, installed, read-only, and built once.

`packages.PackageEnvironments` is the adapter of the port `seawall.validation.ports.Environments`. See
`docs/environments.md` for what it does and ADR 4 for why.
"""
