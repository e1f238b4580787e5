"""The policy simulation API of IAM: the four operations with AWS's own names of parameters and members (S-01).

Code that calls `boto3.client("iam")` can call these functions with the same arguments and read the same answers.
"""

from bailiwick.simulation.context_keys import get_context_keys_for_custom_policy, get_context_keys_for_principal_policy
from bailiwick.simulation.simulate import simulate_custom_policy, simulate_principal_policy

__all__ = [
    "get_context_keys_for_custom_policy",
    "get_context_keys_for_principal_policy",
    "simulate_custom_policy",
    "simulate_principal_policy",
]
