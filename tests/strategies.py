"""Hypothesis strategies over `drawing`."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.drawing import Draw, Json


class _Shrinking:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def below(self, limit: int) -> int:
        return self._draw(st.integers(0, limit - 1))


@st.composite
def groups(draw: st.DrawFn, requests: int = 8) -> tuple[list[Json], Json]:
    """Several requests of one principal, and the layers they are put to."""
    return Draw(_Shrinking(draw)).group(requests)


@st.composite
def broken_texts(draw: st.DrawFn) -> tuple[str, str]:
    """A policy kind and the text of a document that may be broken in one or two places."""
    import json

    drawn = Draw(_Shrinking(draw))
    kind = drawn.of(["identity", "resource", "trust", "scp", "rcp", "endpoint"])
    text = json.dumps(drawn.document(kind), ensure_ascii=drawn.chance(50), indent=drawn.of([None, 1]))
    for _ in range(drawn.of([1, 1, 2])):
        at = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 6))
        text = text[:at] + draw(st.sampled_from(PIECES)) + text[at + length :]
    return kind, text


PIECES = (
    "", '"', "{", "}", "[", "]", ",", ":", "*", "?", "${", "}", "\\", "\\u0100", "\\ud800", "\\n", "\t", "\n", "\x00", "\u0100",
    "é", " ", "null", "true", "1e3", "1.5", '"Effect"', '"Sid"', "Allow", "arn:", "::", "${aws:username}", "${a b:c}",
    '"Version":"2012-10-17",', '"Principal":"*",', '"Statement"', "IfExists", "ForAllValues:", '{"a:b":[]}', "[[[[[[[[[[[[[[[[[",
)  # fmt: skip
