"""Stack traces of many tools, made comparable."""

from seawall.triage.stacks.interface import LONGEST, Signature, similarity
from seawall.triage.stacks.reading import signature_of

__all__ = ["LONGEST", "Signature", "signature_of", "similarity"]
