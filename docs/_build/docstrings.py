"""How the manual reads docstrings (`mkdocs.yml`): examples are code, and classes may be made by `__new__`."""

from __future__ import annotations

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Changes what griffe found before it is read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """An example stands in a block of code."""
        if obj.docstring is not None:
            obj.docstring.value = _EXAMPLE.sub(lambda found: f"```pycon\n{found.group(0)}\n```", obj.docstring.value)

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """The parameters of `__new__` are those of the class."""
        if "__new__" in cls.members and "__init__" not in cls.members:
            cls.members["__init__"] = cls.members["__new__"]
