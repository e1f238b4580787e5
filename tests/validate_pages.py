"""Writes the manual pages of findings: `make findings`.

`docs/findings.md` follows from the catalogue, `docs/findings-peers.md` from real cases that lie beside the checkout; where they
do not, that page is left as it is.
"""

from __future__ import annotations

from pathlib import Path

from bailiwick.validate.manual import findings_page
from tests.analyzer import DATA
from tests.peers_page import peers_page

DOCS = Path(__file__).resolve().parents[1] / "docs"


def main() -> None:
    """Writes the pages."""
    (DOCS / "findings.md").write_text(findings_page(), encoding="utf-8")
    if DATA.is_dir():
        (DOCS / "findings-peers.md").write_text(peers_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
