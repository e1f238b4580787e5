"""Which statements, elements and conditions no case exercised.

A *point* is something that a suite can show of a statement. Each statement has these:

- `applies`: a request to which it applied.
- `matches`, for each value of an element and of a condition test: a request to which the statement applied and which has what
  the value names. Of a negated element (`NotAction`) or operator (`StringNotEquals`): a request that has what the value names,
  and to which the statement did not apply for that reason alone.
- `fails`, for each element and each condition test that is not negated: a request to which the statement did not apply for that
  reason alone; all its other elements and tests held.
- `absent`, for each condition test: a request without the key, all else held.

So each value has been seen to count, and each element to stand in the way, with nothing else to hide it. Points that no request
can show are not counted; `points` says which those are.
"""

from bailiwick.testing.coverage.measure import Coverage, DocumentCoverage, Figures
from bailiwick.testing.coverage.points import Point

__all__ = ["Coverage", "DocumentCoverage", "Figures", "Point"]
