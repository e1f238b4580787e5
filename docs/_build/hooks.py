"""Hooks of the manual's build (`mkdocs.yml`): pages as a code host shows them, and nothing from other hosts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)([^)#\s]+)(#[^)\s]*)?\)")
#: A list right behind a paragraph, which Markdown in Python takes for a part of it.
_LIST_BEHIND_TEXT = re.compile(r"^((?![-*+] |\d+\. |[ |#>]).+\n)(?=(?:[-*+]|\d+\.) )", re.MULTILINE)
#: What a browser fetches without being asked.
_LOADED = re.compile(
    r"""<(?:script|img|iframe|source|embed)\b[^>]*\bsrc=["']?(?:https?:)?//|<link\b[^>]*\bhref=["']?(?:https?:)?//"""
)
_LOADED_BY_STYLE = re.compile(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//")


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Links to files of the project that are not in the manual become the names of these files; lists are lists."""
    docs = Path(config["docs_dir"]).resolve()
    folder = (docs / page.file.src_uri).parent

    def named(link: re.Match[str]) -> str:
        words, target, _ = link.groups()
        path = (folder / target).resolve()
        if path.is_relative_to(docs):
            return link.group(0)
        if not path.exists():
            raise FileNotFoundError(f"{page.file.src_uri}: {target}")
        name = path.relative_to(docs.parent).as_posix()
        return f"`{name}`" if words.strip("`") == name else f"{words} (`{name}`)"

    def mended(text: str) -> str:
        return _LINK.sub(named, _LIST_BEHIND_TEXT.sub(r"\1\n", text))

    parts, end = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [mended(markdown[end : fence.start()]), fence.group(0)]
        end = fence.end()
    return "".join([*parts, mended(markdown[end:])])


def on_post_build(*, config: Any, **_: Any) -> None:
    """The site must work without a network.

    Raises:
        ValueError: A page or a style sheet loads something from another host.
    """
    for path in sorted(Path(config["site_dir"]).rglob("*")):
        if path.suffix not in (".html", ".css"):
            continue
        found = (_LOADED if path.suffix == ".html" else _LOADED_BY_STYLE).search(path.read_text(encoding="utf-8"))
        if found:
            raise ValueError(f"{path}: loads from another host: {found.group(0)}")
