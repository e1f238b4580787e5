"""Why a request is allowed or denied, and what would change that.

Explanations show policy contents: they are for those who may read the policies. What a denied caller is told is
`Decision.message` (E-42).
"""

from bailiwick.explanation.explanation import Explanation, explain_case
from bailiwick.explanation.step import Step
from bailiwick.explanation.why_not import Miss, WhyNot, why_not_case

__all__ = ["Explanation", "Miss", "Step", "WhyNot", "explain_case", "why_not_case"]
