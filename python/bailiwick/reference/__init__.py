"""The specification in plain Python: slow, complete, and independent of the compiled engine.

Read it in the order of the rules: `json_text`, `grammar` and what it names (G), `matching` (M), `conditions` (C), `evaluate` (E).
"""

from bailiwick.reference.case import simulate, simulate_many
from bailiwick.reference.grammar import parse
from bailiwick.reference.trace import Trace, explain

__all__ = ["Trace", "explain", "parse", "simulate", "simulate_many"]
