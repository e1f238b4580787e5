"""Coverage-guided fuzzing of the Python side: `python -m tests.fuzz {parsers,render} [libFuzzer options]`.

Needs `atheris` (Linux). `parsers` puts raw bytes to both parsers and compares their errors; `render` parses, renders with the
pydantic models and parses again.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["bailiwick.reference", "bailiwick.documents"]):
    import json

    import pydantic

    from bailiwick import MalformedPolicyDocument, PolicyDocument, PolicyKind, _core, reference

KINDS = list(PolicyKind)


def error(parse: object, data: bytes, kind: PolicyKind) -> tuple[str, str, int, int] | None:
    try:
        if parse == "compiled":
            _core.parse_policy(data, str(kind), None)
        else:
            reference.parse(data, kind)
    except MalformedPolicyDocument as found:
        return found.code, found.path, found.line, found.column
    return None


def parsers(data: bytes) -> None:
    kind, text = KINDS[data[0] % len(KINDS) if data else 0], data[1:]
    assert error("compiled", text, kind) == error("reference", text, kind), (kind, text)


def render(data: bytes) -> None:
    if error("reference", data, PolicyKind.IDENTITY) is not None:
        return
    try:
        model = PolicyDocument.model_validate_json(data)
    except pydantic.ValidationError:
        return
    rendered = model.to_json().encode()
    assert error("reference", rendered, PolicyKind.IDENTITY) is None, data
    assert json.loads(PolicyDocument.model_validate_json(rendered).to_json()) == json.loads(rendered), data


def main() -> None:
    """Runs one target until libFuzzer's options say stop."""
    targets = {"parsers": parsers, "render": render}
    target = targets[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
