"""JUnit XML, as CI systems read it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree

from bailiwick.testing.difference import result_text
from bailiwick.testing.run import Result

#: What XML 1.0 has no way to write.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(results: Sequence[Result]) -> bytes:
    """The results as a document of `testsuites`, one suite a file."""
    root = ElementTree.Element("testsuites", {"name": "bailiwick test", **_figures(results)})
    files = list(dict.fromkeys(result.suite.file for result in results))
    for file in files:
        found = [result for result in results if result.suite.file == file]
        suite = ElementTree.SubElement(root, "testsuite", {"name": _legal(file), **_figures(found)})
        for result in found:
            _case(suite, result)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _figures(results: Sequence[Result]) -> dict[str, str]:
    counts = Counter(result.status for result in results)
    return {
        "tests": str(len(results)),
        "failures": str(counts["failed"]),
        "errors": str(counts["error"]),
        "skipped": "0",
        "time": f"{sum(result.seconds for result in results):.6f}",
    }


def _case(suite: ElementTree.Element, result: Result) -> None:
    case = result.case
    members = {
        "name": _legal(case.name),
        "classname": _legal(result.suite.file),
        "file": _legal(case.place.file),
        "line": str(case.place.line),
        "time": f"{result.seconds:.6f}",
    }
    found = ElementTree.SubElement(suite, "testcase", members)
    if result.status == "passed":
        return
    kind = "error" if result.status == "error" else "failure"
    message = result.error or "; ".join(f"{name}: expected {wanted}, got {got}" for name, wanted, got in result.differences)
    problem = ElementTree.SubElement(found, kind, {"message": _legal(message or "the evaluators differ"), "type": kind})
    problem.text = _legal(result_text(result))


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
