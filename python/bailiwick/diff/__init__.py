"""What differs between two policies or two snapshots: in the text, and in the decisions."""

from bailiwick.diff.decisions import ChangedDecision, DecisionDifference
from bailiwick.diff.documents import DocumentChange, ElementChange, StatementChange, compare_documents
from bailiwick.diff.snapshots import EntityChange, SnapshotDifference, compare_snapshots

__all__ = [
    "ChangedDecision",
    "DecisionDifference",
    "DocumentChange",
    "ElementChange",
    "EntityChange",
    "SnapshotDifference",
    "StatementChange",
    "compare_documents",
    "compare_snapshots",
]
