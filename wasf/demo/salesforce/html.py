"""HTML of the org's pages: elements, icons, cards, whole pages, and the headers that protect them.

Text is always escaped; only `Html`, which `tag` and `join` make, goes into a page as it is.
"""

import re
from collections.abc import Iterable
from datetime import date
from html import escape

from starlette.responses import Response

from wasf.demo.salesforce.org import OrgState

_ADDRESS = re.compile(r"https?://[^\s<>\"'\u0000-\u001f\u2066-\u2069\u200e\u200f]+")
_TRAILING = ".,;:!?)]}'\""
_EMPTY_TAGS = frozenset({"meta", "link", "br", "path", "circle", "input"})


class Html(str):
    """Markup made by `tag` or `join`; it goes into a page as it is."""

    __slots__ = ()


Child = str | Html | None | Iterable["Child"]


def tag(name: str, /, *children: Child, **attributes: str | bool | None) -> Html:
    """Return an element. An underscore at the end of an attribute is dropped, others are dashes."""
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
    """Return pieces one after the other; text is escaped."""
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
    """Return a link out of the org. Only http and https addresses become links."""
    if not _ADDRESS.fullmatch(address):
        return join(*children)
    return tag("a", *children, href=address, target="_blank", rel="noopener noreferrer nofollow")


def with_links(text: str) -> Html:
    """Return text whose web addresses are links."""
    pieces: list[Child] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(_TRAILING)
        pieces += [text[end : found.start()], outside_link(address, address)]
        end = found.start() + len(address)
    return join(*pieces, text[end:])


HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_SHAPES = {
    "lead": "M12 2l3 6.3 6.9.9-5 4.8 1.2 6.9L12 17.6 5.9 20.9l1.2-6.9-5-4.8 6.9-.9z",
    "contact": "M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zm5 3.2"
    "a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2zM4.6 17h8.8c0-2.4-2-3.6-4.4-3.6S4.6 14.6 4.6 17z"
    "M15.5 8.5h4v1.6h-4zm0 3.2h4v1.6h-4z",
    "task": "M3 5h3v3H3zm5 .6h13v1.8H8zM3 10.5h3v3H3zm5 .6h13v1.8H8zM3 16h3v3H3zm5 .6h13v1.8H8z",
    "cloud": "M10 6a5 5 0 0 1 8.6 2.2A4.5 4.5 0 0 1 18.5 18H7"
    "a4.5 4.5 0 0 1-1.2-8.8A5 5 0 0 1 10 6z",
    "file": "M6 2h8l4 4v16H6zM13 3.5V7h3.5z",
}


def icon(name: str, *, small: bool = False) -> Html:
    """Return a coloured square with a white symbol."""
    size = " small" if small else ""
    return tag("span", sign(name), class_=f"icon {name}{size}", aria_hidden="true")


def sign(name: str) -> Html:
    """Return a symbol."""
    return tag("svg", tag("path", d=_SHAPES[name]), viewBox="0 0 24 24", aria_hidden="true")


def badge(status: str, *, converted: bool = False) -> Html:
    """Return the status of a Lead as a coloured label."""
    words = status.lower()
    tone = "converted" if converted else "closed" if words.startswith("closed") else ""
    if not tone and words.startswith("working"):
        tone = "working"
    return tag("span", status, class_=f"badge {tone}".strip(), dir="auto")


def day(iso: str | None) -> str:
    """Return a date such as 5 Mar 2026; "" for None."""
    if not iso:
        return ""
    found = date.fromisoformat(iso[:10])
    return f"{found.day} {found:%b} {found.year}"


def card(kind: str, title: str, note: str, *body: Child) -> Html:
    """Return a box with a title."""
    head = tag("header", icon(kind), tag("div", tag("h2", title), tag("small", note)))
    return tag("section", head, *body, class_="card")


def page(org: OrgState, title: str, *body: Child, status: int = 200, here: str = "") -> Response:
    """Return a whole page. `here` is the tab that is marked as the current one."""
    name = str((org.row(org.org_id) or {}).get("Name") or "Local org")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} | {name}"),
        tag("link", rel="stylesheet", href="/style.css"),
        tag("link", rel="icon", href="data:,"),
    )
    home = tag("a", icon("cloud", small=True), name, href="/", class_="org")
    tabs = [
        tag("a", label, href=f"/#{label.lower()}", aria_current="page" if label == here else None)
        for label in ("Contacts", "Leads")
    ]
    note = tag("span", "Local org on this machine", class_="note")
    bar = tag("nav", tag("div", home, tabs, note), class_="bar", aria_label="Org")
    whole = tag("html", head, tag("body", bar, tag("main", *body)), lang="en")
    return Response(join(Html("<!DOCTYPE html>\n"), whole), status, HEADERS, media_type="text/html")


def not_found(org: OrgState) -> Response:
    """Return the page for a record that does not exist or was deleted."""
    words = "This record was deleted, or the address is wrong."
    back = tag("a", "Go to the home page", href="/")
    body = tag("div", tag("h1", "Page not found"), tag("p", words), tag("p", back), class_="empty")
    return page(org, "Page not found", tag("section", body, class_="card"), status=404)
