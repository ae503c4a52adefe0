"""What leaves the house: CSAF and OSV documents."""

from seawall.advisories.model import Advisory, Publication

__all__ = ["Advisory", "Publication"]
