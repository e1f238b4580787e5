"""The catalogue of findings: the one place where code, type, words, mend and example of each stand.

The manual page `docs/findings.md` is made from it, and every finding takes its type and its mend from here.
"""

from collections.abc import Mapping

from bailiwick.validate.catalogue import (
    audit,
    meaning,
    security,
    suggestions,
    text_and_elements,
    values_and_names,
    warnings,
)
from bailiwick.validate.catalogue.check import Entry
from bailiwick.validate.catalogue.unchecked import UNCHECKED

__all__ = ["CATALOGUE", "OTHER_NAMES", "UNCHECKED", "Entry"]

CATALOGUE: Mapping[str, Entry] = {
    entry.code: entry
    for family in (text_and_elements, values_and_names, meaning, security, warnings, suggestions, audit)
    for entry in family.ENTRIES
}
#: Codes by the other names that configurations may use.
OTHER_NAMES: Mapping[str, str] = {other: entry.code for entry in CATALOGUE.values() for other in entry.also}
