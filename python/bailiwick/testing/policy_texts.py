"""Policy documents that a test file holds or names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from bailiwick._json import read_file
from bailiwick.source_text import SourceFile, SourceText
from bailiwick.testing.tree import Path as TreePath
from bailiwick.testing.tree import Tree, fault

_REFERENCE = frozenset({"id", "file", "document"})


class PolicyTexts:
    """The documents of one test file; paths are relative to its folder.

    Attributes:
        files: The policy files that were read.
    """

    def __init__(self, folder: Path, tree: Tree) -> None:
        self.folder, self.tree = folder, tree
        self.files: set[str] = set()

    def path(self, name: str) -> str:
        """The path of a file that the test file names."""
        return os.path.normpath(self.folder / name)

    def read(self, given: Any, path: TreePath) -> str:
        """The text of a document: an object, its text, or what `file` or `document` leads to.

        Raises:
            PolicyTestError: It is none of these.
        """
        if isinstance(given, dict) and set(given) & {"file", "document"}:
            if set(given) - _REFERENCE or {"file", "document"} <= set(given):
                raise fault(self.tree.place_of(path), "expected `file` or `document`, with or without `id`")
            if "file" in given:
                if not isinstance(given["file"], str):
                    raise fault(self.tree.place_of((*path, "file")), "`file`: expected text")
                return self.read_policy(given["file"])
            given, path = given["document"], (*path, "document")
        place = self.tree.place_of(path)
        if isinstance(given, dict):
            text = json.dumps(given, ensure_ascii=False)
        elif isinstance(given, str):
            text = given
        else:
            raise fault(place, "expected a policy document")
        return SourceText.at(text, SourceFile(place.file, "", place.line, place.column), 0, quoted=True)

    def read_policy(self, name: str) -> str:
        """The text of a policy file."""
        path = self.path(name)
        self.files.add(path)
        text = read_file(Path(path))
        return SourceText.at(text, SourceFile(path, text), 0)

    def name(self, given: Any) -> str | None:
        """The id of a document that has one: what `id` says, or the name of its file without the ending."""
        if not isinstance(given, dict) or not set(given) & {"file", "document"}:
            return None
        file = given.get("file")
        named = str(file).removesuffix(".json") if file is not None else None
        return str(given["id"]) if "id" in given else named
