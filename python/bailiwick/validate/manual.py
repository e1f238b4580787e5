"""The manual page of findings, made from the catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bailiwick.validate.catalogue import CATALOGUE, UNCHECKED, Entry
from bailiwick.validate.finding import FindingType

_WIDTH = 120
_HEADINGS = {
    FindingType.ERROR: ("Errors", "Part of the policy does not work, or the document does not compile at all."),
    FindingType.SECURITY_WARNING: ("Security warnings", "The policy allows more, or denies less, than it seems to."),
    FindingType.WARNING: ("Warnings", "Not a matter of security, and probably not what is meant."),
    FindingType.SUGGESTION: ("Suggestions", "The same could be said better."),
}


def findings_page() -> str:
    """The text of `docs/findings.md`."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# Findings"
    yield ""
    yield "What `bailiwick validate` reports, made from the catalogue that it reports from (`make findings` writes this page)."
    yield "Codes are those of AWS's ValidatePolicy; *ours* marks checks that AWS does not have."
    yield "`bailiwick validate --explain CODE` says the same on the command line; [validate.md](validate.md) is how to use it."
    yield ""
    for type_, (heading, words) in _HEADINGS.items():
        entries = sorted((entry for entry in CATALOGUE.values() if entry.type is type_), key=lambda entry: entry.code)
        yield f"## {heading}"
        yield ""
        yield f"{words} {len(entries)} checks."
        yield ""
        for entry in entries:
            yield from _entry(entry)
    yield "## Not checked"
    yield ""
    yield "What AWS's page lists and is not reported here, and why."
    yield ""
    yield "| check | reason |"
    yield "|---|---|"
    for check, reason in UNCHECKED.items():
        yield f"| {check} | {reason} |"


def _entry(entry: Entry) -> Iterator[str]:
    yield f"### {entry.code}"
    yield ""
    yield f"{entry.title} {entry.why}"
    yield ""
    yield f"Mend: {entry.mend}"
    yield ""
    facts = [*_facts(entry)]
    if facts:
        text = "; ".join(facts)
        yield f"{text[0].upper()}{text[1:]}."
        yield ""
    yield f"An example, of kind `{entry.kind}`{f' on `{entry.resource_type}`' if entry.resource_type else ''}:"
    yield ""
    yield "```json"
    yield from _shown(entry.example)
    yield "```"
    yield ""


def _facts(entry: Entry) -> Iterator[str]:
    if entry.is_ours:
        yield "*ours*"
    if entry.parse_errors:
        yield f"the parser's error: {', '.join(f'`{code}`' for code in entry.parse_errors)}"
    if entry.aws_type is not None:
        yield f"AWS: `{entry.aws_type}`"
    if entry.also:
        yield f"also called {', '.join(f'`{code}`' for code in entry.also)}"
    if entry.needs == "services":
        yield "needs knowledge of services"
    if entry.needs == "configuration":
        yield "needs `must_not_grant` in the configuration"
    if not entry.is_on:
        yield "off unless `--audit` or the configuration turns it on"


def _shown(example: str) -> Iterator[str]:
    """The example, broken into lines where it is JSON that may be; long ones are cut."""
    try:
        value = json.loads(example)
        text = json.dumps(value, indent=1) if json.dumps(value) == example and len(example) > _WIDTH else example
    except ValueError:
        text = example
    lines = text.split("\n")
    if len(lines) > 24:
        lines = [*lines[:12], "  …", *lines[-6:]]
    yield from (line if line.isascii() else line.encode("ascii", "backslashreplace").decode() for line in lines)


def entry_text(entry: Entry) -> str:
    """An entry for a terminal."""
    facts = "; ".join(_facts(entry)).replace("*ours*", "not a check of AWS's").replace("`", "")
    lines = [
        f"{entry.code} ({str(entry.type).lower().replace('_', ' ')})",
        "",
        f"{entry.title} {entry.why}",
        "",
        f"Mend: {entry.mend}",
    ]
    if facts:
        lines += ["", f"{facts[0].upper()}{facts[1:]}."]
    return "\n".join([*lines, "", f"Example (kind {entry.kind}):", "", *_shown(entry.example)])
