"""What an engine promises whatever it is asked: its own errors deny, and the same question has the same answer.

That a change is seen at once, that readers see whole snapshots, and that rows of a batch share no answer that differs in a key is
tested in `test_hazards` and `test_batch`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bailiwick import reference
from tests.test_hazards import ALLOW, ANN

CORPUS = Path(__file__).parent / "corpus"


def test_an_error_of_the_evaluator_itself_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    """N-07."""

    def fails(*_: object) -> None:
        raise RuntimeError("a bug")

    case = {"request": {"principal": ANN, "action": "s3:GetObject", "resource": "*"}, "layers": {"identity": [ALLOW]}}
    monkeypatch.setattr("bailiwick.reference.case.evaluate", fails)
    found = reference.simulate(case)
    assert (found["decision"], found["reason"], found["deciding_layer"]) == ("IMPLICIT_DENY", "internal_error", None)
    with pytest.raises(RuntimeError):
        reference.simulate(case, strict=True)


@pytest.mark.parametrize("evaluator", ["compiled", "reference"])
def test_answers_are_the_same_bytes_whatever_the_hash_seed_is(evaluator: str, tmp_path: Path) -> None:
    """N-06."""
    cases = tmp_path / "cases.jsonl"
    files = [CORPUS / "output/matched.json", CORPUS / "principals/grades.json", CORPUS / "layers/organization.json"]
    with cases.open("w", encoding="utf-8") as out:
        for file in files:
            for case in json.loads(file.read_text(encoding="utf-8"))["cases"]:
                print(json.dumps({name: case[name] for name in ("id", "request", "layers")}), file=out)
    command = [sys.executable, "-m", "bailiwick", "simulate", str(cases), "--engine", evaluator]
    outputs = {
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("0", "1", "12345")
    }
    assert len(outputs) == 1
    assert outputs.pop().count(b"\n") > 100
