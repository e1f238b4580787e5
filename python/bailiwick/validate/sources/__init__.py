"""Policies in files: alone, in templates, in plans, in dumps of accounts and organizations."""

from bailiwick.validate.sources.files import SUFFIXES, policies_in
from bailiwick.validate.sources.search import FoundPolicy

__all__ = ["SUFFIXES", "FoundPolicy", "policies_in"]
