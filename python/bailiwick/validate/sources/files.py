"""Finds the policies of a file, whatever the file is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from bailiwick.errors import ValidationError
from bailiwick.reference.json_text import Node, Reader, Stop
from bailiwick.validate.document import Lines, read_document
from bailiwick.validate.sources.formats import format_of, policies_of
from bailiwick.validate.sources.places import Use
from bailiwick.validate.sources.search import FoundPolicy, Search, found, is_policy, moved
from bailiwick.validate.sources.yaml_text import read_yaml

_DEPTH = 100  # plans nest modules
_YAML = (".yaml", ".yml", ".template")
_LINES = (".jsonl", ".ndjson")
#: Of files that may hold policies.
SUFFIXES = (".json", *_LINES, *_YAML)


def policies_in(data: bytes, name: str) -> list[FoundPolicy]:
    """The policies of a file, in the order in which they stand.

    A file that is a policy; a Terraform plan or state (`terraform show -json`); a CloudFormation template; what
    `get-account-authorization-details` prints; an organization file; JSON Lines of any of these; and any other JSON in
    which documents stand as objects or as texts. Policies of AWS in dumps are left out: nobody there can mend them.

    Args:
        data: Content of the file.
        name: Its name; `.yaml`, `.yml`, `.template`, `.jsonl` and `.ndjson` say what it is.

    Raises:
        ValidationError: There is no policy in it, or it is not YAML.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in _LINES:
        listed = list(_of_lines(data))
        if not listed:
            raise ValidationError(f"{name}: {_NOTHING}")
        return listed
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    if suffix in _YAML and not text.lstrip().startswith("{"):
        return _of_tree(read_yaml(text, name), Search(text, is_json=False), name)
    root = _json(text)
    if root is None or is_policy(root) or _is_bare(root):
        # Broken JSON is a finding, not an error; and a policy that stands alone is read by its bytes (G-01).
        return [found("", "", Use(None), read_document(data))]
    return _of_tree(root, Search(text, is_json=True), name)


_NOTHING = "no policy found: no object with `Statement`, and no text of one"


def _of_tree(root: Node, search: Search, name: str) -> list[FoundPolicy]:
    """A dump without policies is one; any other file without policies is a mistake."""
    listed = list(policies_of(root, search))
    if not listed and format_of(root) is None:
        raise ValidationError(f"{name}: {_NOTHING}")
    return listed


def _json(text: str) -> Node | None:
    try:
        return Reader(text, depth=_DEPTH, policy=False).read()
    except Stop:
        return None


def _is_bare(root: Node) -> bool:
    """An object that is meant to be a policy and has no statement."""
    return root.kind == "object" and {member.name for member in root.members} <= {"Version", "Id"}


def _of_lines(data: bytes) -> Iterator[FoundPolicy]:
    """Policies of JSON Lines; lines without any are passed over."""
    text = data.decode("utf-8", "replace")
    lines, start = Lines.of(text), 0
    for number, line in enumerate(text.split("\n")):
        for policy in _of_line(line) if line.strip() else ():
            yield moved(policy, start, lines, f"/{number}", f"line {number + 1}")
        start += len(line) + 1


def _of_line(line: str) -> list[FoundPolicy]:
    root = _json(line)
    if root is None or is_policy(root):
        return [found("", "", Use(None), read_document(line))]
    return list(policies_of(root, Search(line, is_json=True)))
