"""Reports of validation: for people, for programs, for code scanning, for workflows."""

from bailiwick.validate.report.as_json import json_report
from bailiwick.validate.report.github import github_report
from bailiwick.validate.report.sarif import sarif_report
from bailiwick.validate.report.text import print_text

__all__ = ["github_report", "json_report", "print_text", "sarif_report"]
