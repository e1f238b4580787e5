"""`bailiwick test --watch`, as long as somebody watches."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest

ROOT = Path(__file__).resolve().parents[1]
POLICY = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}'
TESTS = """\
layers: {identity: {file: policy.json}}
cases: [{principal: "arn:aws:iam::111122223333:user/ann", action: s3:GetObject, resource: "*", expect: allow}]
"""
#: Long enough for a machine under load; what is waited for comes in tenths of a second.
PATIENCE_S = 60.0


class Watched:
    """A watching process and the lines that it prints."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "python"), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "bailiwick", "test", "--watch", str(folder)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, start_new_session=True
        )
        self.lines: Queue[str] = Queue()
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def until(self, words: str) -> None:
        """Waits for a line."""
        end, seen = time.monotonic() + PATIENCE_S, []
        while time.monotonic() < end:
            try:
                seen.append(self.lines.get(timeout=0.2))
            except Empty:
                continue
            if words in seen[-1]:
                return
        raise AssertionError(f"no `{words}` in {seen}")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE_S)
        self.reader.join(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policy.json").write_text(POLICY, encoding="utf-8")
    (tmp_path / "t.policytest.yaml").write_text(TESTS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def watched(folder: Path) -> Iterator[Watched]:
    process = Watched(folder)
    yield process
    if process.process.poll() is None:
        process.stop()


def test_a_change_of_a_policy_a_test_or_a_new_test_runs_all_again(folder: Path, watched: Watched) -> None:
    watched.until("1 passed in")
    (folder / "policy.json").write_text(POLICY.replace("Allow", "Deny"), encoding="utf-8")
    watched.until("1 failed in")
    (folder / "t.policytest.yaml").write_text(TESTS.replace("expect: allow", "expect: deny"), encoding="utf-8")
    watched.until("1 passed in")
    (folder / "t.policytest.yaml").write_text("nonsense: [", encoding="utf-8")
    watched.until("bailiwick: ")
    (folder / "t.policytest.yaml").write_text(TESTS.replace("expect: allow", "expect: deny"), encoding="utf-8")
    watched.until("1 passed in")
    (folder / "u.policytest.yaml").write_text(TESTS.replace("expect: allow", "expect: deny"), encoding="utf-8")
    watched.until("2 passed in")
    assert watched.stop() == 130
