"""HTML that cannot be broken by what it shows: text is escaped unless it was built here."""

import re
from collections.abc import Iterable
from html import escape

_ADDRESS = re.compile(r"https?://[^\s<>\"'\u0000-\u001f\u2066-\u2069\u200e\u200f]+")
_TRAILING = ".,;:!?)]}'\""
_EMPTY_TAGS = frozenset({"meta", "link", "br", "path", "circle", "input"})


class Html(str):
    """Markup that was built by `tag` and may go into a page as it is."""

    __slots__ = ()


Child = str | Html | None | Iterable["Child"]


def tag(name: str, /, *children: Child, **attributes: str | bool | None) -> Html:
    """One element. `class_` stands for class; dashes are written as underscores."""
    shown = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _EMPTY_TAGS:
        return Html(f"<{name}{shown}>")
    return Html(f"<{name}{shown}>{join(*children)}</{name}>")


def _attribute(key: str, value: str | bool | None) -> str:  # noqa: FBT001 (HTML has such attributes)
    name = key.rstrip("_").replace("_", "-")
    match value:
        case None | False:
            return ""
        case True:
            return f" {name}"
        case _:
            return f' {name}="{escape(value)}"'


def join(*children: Child) -> Html:
    """Several pieces after each other; text is escaped."""
    return Html("".join(_piece(child) for child in children))


def _piece(child: Child) -> str:
    match child:
        case None:
            return ""
        case Html():
            return child
        case str():
            return escape(child)
        case _:
            return join(*child)


def outside_link(address: str, *children: Child) -> Html:
    """A link that leaves the org; only http and https become links."""
    if not _ADDRESS.fullmatch(address):
        return join(*children)
    return tag("a", *children, href=address, target="_blank", rel="noopener noreferrer nofollow")


def with_links(text: str) -> Html:
    """Text whose web addresses can be clicked."""
    pieces: list[Child] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(_TRAILING)
        pieces += [text[end : found.start()], outside_link(address, address)]
        end = found.start() + len(address)
    return join(*pieces, text[end:])
