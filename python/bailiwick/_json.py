"""JSON that remembers its text: documents inside files reach the policy parser as they were written."""

from __future__ import annotations

import gzip
import json
import json.decoder
import json.scanner
import zlib
from pathlib import Path
from typing import Any

from bailiwick.errors import ValidationError
from bailiwick.source_text import SourceFile, SourceText


class JsonObject(dict[str, Any]):
    """An object with its own text, and the member name that it repeats, if any."""

    __slots__ = ("repeated", "text")
    text: SourceText
    repeated: str | None

    def place_of_value(self, name: str) -> int:
        """The offset, in the text of the object, at which a member's value starts."""
        starts: list[int] = []
        scan = _Decoder(SourceFile("", self.text)).scan_once

        def noted(text: str, at: int) -> Any:
            starts.append(at)
            return scan(text, at)

        json.decoder.JSONObject((str(self.text), 1), True, noted, None, list, {})  # type: ignore[attr-defined]  # as below
        return starts[list(self).index(name)]


class _Decoder(json.JSONDecoder):
    def __init__(self, source: SourceFile) -> None:
        super().__init__(parse_constant=_refuse_constant)
        self.source = source
        self.parse_object = self._parse_object
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]  # absent from the stubs

    def _parse_object(self, place: tuple[str, int], strict: bool, scan_once: Any, *_: Any) -> tuple[JsonObject, int]:
        text, start = place
        pairs, end = json.decoder.JSONObject(place, strict, scan_once, None, list, {})  # type: ignore[attr-defined]  # as above
        found = JsonObject(pairs)
        found.text = SourceText.at(text[start - 1 : end], self.source, start - 1)
        found.repeated = None
        if len(found) < len(pairs):
            names = [name for name, _value in pairs]
            found.repeated = next(name for at, name in enumerate(names) if name in names[:at])
        return found, end


def _refuse_constant(name: str) -> None:
    raise ValidationError(f"`{name}` is not JSON")


def read_json(text: str, where: str, *, source: SourceFile | None = None) -> Any:
    """Parses a text; objects come back as `JsonObject`.

    Args:
        text: One JSON value.
        where: What errors call it.
        source: The text with its place, where `where` is more than the name of a file.

    Raises:
        ValidationError: It is not JSON; `where` is named with line and column.
    """
    try:
        return _Decoder(source or SourceFile(where, text)).decode(text)
    except json.JSONDecodeError as error:
        raise ValidationError(f"{where}: line {error.lineno} column {error.colno}: {error.msg.lower()}") from None
    except RecursionError:
        raise ValidationError(f"{where}: nested too deeply") from None


def read_file(path: Path) -> str:
    """The text of a file, which may be gzipped if its name ends so.

    Raises:
        ValidationError: There is none, or it is not UTF-8.
    """
    try:
        data = path.read_bytes()
        return text_of_bytes(gzip.decompress(data) if path.suffix == ".gz" else data, str(path))
    except OSError as error:
        raise ValidationError(f"{path}: {error.strerror or error}") from error
    except (EOFError, zlib.error):
        raise ValidationError(f"{path}: damaged gzip file") from None


def text_of_bytes(data: bytes, where: str) -> str:
    """UTF-8 text, with or without a byte-order mark.

    Raises:
        ValidationError: It is none; `where` is named.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(f"{where}: not UTF-8 text") from None


class Reader:
    """One object of a file, read member by member; errors name the place."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise ValidationError(f"expected an object, found {type(value).__name__}", path)
        repeated = getattr(value, "repeated", None)
        if repeated is not None:
            raise ValidationError(f"member `{repeated}` is given twice", path)
        self.value, self.path = value, path

    def text(self, name: str) -> str:
        """A text that must be there."""
        found = self.optional_text(name)
        if found is None:
            raise ValidationError(f"member `{name}` is missing", self.path)
        return found

    def optional_text(self, name: str) -> str | None:
        """A text, or `None`."""
        found = self.value.get(name)
        if found is not None and not isinstance(found, str):
            raise ValidationError(f"expected a string, found {type(found).__name__}", f"{self.path}/{name}")
        return found

    def items(self, name: str) -> list[Reader]:
        """The objects of a list; none if it is absent."""
        return [Reader(item, path) for item, path in self._list(name)]

    def texts(self, name: str) -> list[str]:
        """The texts of a list; none if it is absent."""
        found = []
        for item, path in self._list(name):
            if not isinstance(item, str):
                raise ValidationError(f"expected a string, found {type(item).__name__}", path)
            found.append(item)
        return found

    def _list(self, name: str) -> list[tuple[Any, str]]:
        found = self.value.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            raise ValidationError(f"expected a list, found {type(found).__name__}", f"{self.path}/{name}")
        return [(item, f"{self.path}/{name}/{at}") for at, item in enumerate(found)]

    def document(self, name: str) -> str:
        """The text of a policy document: an object, its text, or its text in URL encoding (RFC 3986)."""
        from urllib.parse import unquote

        found = self.value.get(name)
        if isinstance(found, JsonObject):
            return found.text
        if isinstance(found, dict):
            return json.dumps(found, ensure_ascii=False)
        if isinstance(found, str):
            try:
                text = unquote(found, errors="strict") if found.lstrip()[:1] == "%" else found
            except UnicodeDecodeError:
                raise ValidationError("URL-encoded text that is not UTF-8", f"{self.path}/{name}") from None
            return self.value.text.part(text, self.value.place_of_value(name)) if isinstance(self.value, JsonObject) else text
        raise ValidationError(f"member `{name}` is missing or no policy document", self.path)

    def tags(self, name: str = "Tags") -> dict[str, str]:
        """AWS's list of keys and values."""
        found: dict[str, str] = {}
        for tag in self.items(name):
            key = tag.text("Key")
            if key in found:
                raise ValidationError(f"tag `{key}` is there twice", tag.path)
            found[key] = tag.optional_text("Value") or ""
        return found
