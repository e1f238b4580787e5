"""The manual page of findings beside those of others: `make findings`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.analyzer import REASONS, Comparison, Set, compare, services
from tests.lint_peers import EXPLAINED, PARLIAMENT, Miss, known_bad, moto, odd_case, parliament


def peers_page() -> str:
    """The text of `docs/findings-peers.md`."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# Findings beside those of others"
    yield ""
    yield "What `bailiwick validate` says of documents that others judged (`make findings` writes this page; tests hold it)."
    yield f"What is known of services is AWS's service reference of 2026-09-26 ({len(services().services)} services)."
    yield ""
    yield from _analyzer(
        "current",
        "AWS's Access Analyzer on AWS-managed policies",
        "What ValidatePolicy said of the versions of one day. A finding is the same if its code and all its places are.",
    )
    yield from _analyzer(
        "history",
        "AWS's Access Analyzer on older versions",
        "What ValidatePolicy said between 2021 and 2026, when a version was new. The reference is of 2026, so most of what did "
        "not exist then does by now.",
    )
    yield from _parliament()
    yield from _others()


def _analyzer(which: Set, heading: str, words: str) -> Iterator[str]:
    found = compare(which)
    yield f"## {heading}"
    yield ""
    yield words
    left_out = f" {found.misfits} were left out, since the findings are about texts that the document does not have."
    yield f"{found.policies} documents.{left_out if found.misfits else ''}"
    yield ""
    yield "| code | both | ours alone | AWS alone | precision | recall |"
    yield "|---|--:|--:|--:|--:|--:|"
    codes = sorted({*found.both, *(one.code for one in found.differences)})
    for code in codes:
        both, ours, theirs = found.both[code], found.count("ours", code), found.count("AWS", code)
        yield f"| `{code}` | {both} | {ours} | {theirs} | {_share(both, both + ours)} | {_share(both, both + theirs)} |"
    yield ""
    yield from _reasons(found)
    beyond = ", ".join(f"`{code}` {count}" for code, count in found.beyond.most_common())
    yield f"Checks that AWS does not have, or reported nowhere here: {beyond}."
    yield ""


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else ""


def _reasons(found: Comparison) -> Iterator[str]:
    counted = Counter((one.reason, one.side, one.code) for one in found.differences)
    yield "| alone | code | findings | why |"
    yield "|---|---|--:|---|"
    for (reason, side, code), count in sorted(counted.items(), key=lambda item: (str(item[0][0]), item[0][1:])):
        yield f"| {side} | `{code}` | {count} | {REASONS[reason] if reason is not None else 'not explained'} |"
    yield ""


def _parliament() -> Iterator[str]:
    cases, expected, misses = parliament()
    yield "## Parliament's tests"
    yield ""
    met = expected - sum(one.expected != "nothing" for one in misses)
    yield f"{cases} cases, which expect {expected} findings; {met} are found."
    yield "Checks that are off by default were on, and what its configuration calls sensitive was `must_not_grant`."
    yield ""
    yield "| parliament | here |"
    yield "|---|---|"
    for issue, codes in PARLIAMENT.items():
        yield f"| `{issue}` | {', '.join(f'`{code}`' for code in codes)} |"
    yield ""
    yield from _misses(misses)


def _others() -> Iterator[str]:
    cases, refused, misses = moto()
    yield "## Moto's table of documents"
    yield ""
    yield f"{cases} documents, of which IAM refuses {refused}: each of those has an error here."
    yield f"Of the others, {len(misses)} are refused by the grammar that the engine follows:"
    yield ""
    yield from _misses(misses)
    documents, named, misses = known_bad()
    yield "## Documents known to be bad"
    yield ""
    yield f"{documents} documents with {named} faults that their collection names; an error says so of all but {len(misses)}:"
    yield ""
    yield from _misses(misses)
    documents, read, misses = odd_case()
    yield "## Documents in odd spelling"
    yield ""
    yield f"{documents} values of Terraform's data sources. {read} of them have the text of the policy (`json`), which is found;"
    yield f"the other {len(misses)} are configurations of which no text was made yet (`statement`, `json: null`)."


def _misses(misses: tuple[Miss, ...]) -> Iterator[str]:
    yield "| case | expected | found | why |"
    yield "|---|---|---|---|"
    for one in misses:
        found = ", ".join(f"`{code}`" for code in one.found) or "nothing"
        why = EXPLAINED.get(one.case, "not explained")
        yield f"| {one.case.removeprefix('parliament/')} | {one.expected} | {found} | {why} |"
    yield ""
