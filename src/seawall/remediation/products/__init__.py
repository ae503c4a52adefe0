"""Names of products: compared with a stated confidence and its reason. What a person ruled is in `rulings.py`."""

from seawall.remediation.products.comparing import Likeness, candidate_tokens, compare
from seawall.remediation.products.cpe import Cpe, parse_cpe
from seawall.remediation.products.folding import says_something

__all__ = ["Cpe", "Likeness", "candidate_tokens", "compare", "parse_cpe", "says_something"]
