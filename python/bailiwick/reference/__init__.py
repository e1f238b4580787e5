"""The specification in plain Python: slow, complete, and independent of the compiled engine.

Read it in the order of the rules: `json_text`, `grammar` and what it names (G), `matching` (M), `conditions` (C), `evaluate` (E).
"""

from bailiwick.reference.case import simulate, simulate_many
from bailiwick.reference.grammar import parse
from bailiwick.reference.trace import Gap, LayerTrace, PolicyTrace, StatementTrace, Trace, explain
from bailiwick.reference.trace_element import Element

__all__ = [
    "Element",
    "Gap",
    "LayerTrace",
    "PolicyTrace",
    "StatementTrace",
    "Trace",
    "explain",
    "parse",
    "simulate",
    "simulate_many",
]
