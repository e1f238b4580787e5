"""A folder with a policy and its policy tests, for the tests of policy tests."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from bailiwick.errors import BailiwickError
from bailiwick.testing.files import Suite, load_suite
from bailiwick.testing.run import Runner

Capture = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples/organization"
ANN = "arn:aws:iam::111122223333:user/ann"
BOB = "arn:aws:iam::111122223333:user/bob"
READ = {"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
#: Ann holds `read`, bob nothing; both in a folder `policies`.
HEAD = f"""\
snapshot:
  policies: policies
  principals:
    {ANN}: {{policies: [read]}}
    {BOB}: {{}}
names: {{ann: {ANN}, bob: {BOB}, bucket: "arn:aws:s3:::b"}}
"""


@pytest.fixture(name="folder")
def policy_folder(tmp_path: Path) -> Path:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/read.json").write_text(json.dumps(READ, indent=2), encoding="utf-8")
    return tmp_path


def suite_of(folder: Path, body: str, *, head: str = HEAD, name: str = "t.policytest.yaml") -> Suite:
    (folder / name).write_text(head + textwrap.dedent(body), encoding="utf-8")
    return load_suite(folder / name)


def outcomes(suite: Suite) -> dict[str, str]:
    return {result.case.name: result.status for result in Runner("both").run(suite)}


def faults(folder: Path, body: str, *, head: str = HEAD) -> list[str]:
    """What is wrong with a file, without its name and folder; a mark for the reader of the test is left out."""
    with pytest.raises(BailiwickError) as error:
        suite_of(folder, body.replace("▸", ""), head=head.replace("▸", ""))
    return str(error.value).replace(f"{folder / 't.policytest.yaml'}:", "").replace(f"{folder}/", "").split("\n")


def marked(text: str) -> str:
    """Line and column of the mark."""
    before = text[: text.index("▸")]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
