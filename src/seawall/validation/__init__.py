"""Proof by a verifier that is not the finder."""

from seawall.validation.model import Grade, Proof, Recipe

__all__ = ["Grade", "Proof", "Recipe"]
