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
    "report": "M4 20V10h4v10zm6 0V4h4v16zm6 0v-7h4v7z",
    "wait": "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm-1 4h2v6l4 2.4-1 1.7-5-3z",
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


def card(kind: str, title: str, note: str, *body: Child, button: Child = None) -> Html:
    """Return a box with a title, and a button beside it."""
    head = tag("header", icon(kind), tag("div", tag("h2", title), tag("small", note)), button)
    return tag("section", head, *body, class_="card")


def page(org: OrgState, title: str, *body: Child, status: int = 200, here: str = "") -> Response:
    """Return a whole page. `here` is the tab that is marked as the current one."""
    name = str((org.row(org.org_id) or {}).get("Name") or "Local org")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
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


# --- Style sheet -----------------------------------------------------------------------------

SHEET = """
:root {
  color-scheme: light dark;
  --ink: #181818; --soft: #5c5c5c; --line: #e5e5e5; --faint: #eef0f2; --paper: #fff;
  --raised: #fafbfc; --hover: #f4f9ff; --blue: #0167b8; --deep: #032d60; --ground: #f3f5f8;
  --lead: #ff5d2d; --contact: #9602c7; --task: #3ba755; --sent: #0176d3; --thread: #c8e6d0;
  --in: #f6f8fa; --out: #eef6fd; --green: #1d6b35; --on-green: #e3f5e8; --azure: #0b5394;
  --on-azure: #eaf5fe; --amber: #80510a; --on-amber: #fff3dc; --grey: #444; --on-grey: #ececec;
  --red: #8e030f;
  --radius: 12px; --shadow: 0 1px 2px rgba(3, 45, 96, .12), 0 1px 6px rgba(3, 45, 96, .05);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8eaed; --soft: #a8b0ba; --line: #333b46; --faint: #2a313b; --paper: #1b2028;
    --raised: #20262f; --hover: #232b37; --blue: #8ab4f8; --deep: #021c3d; --ground: #12161c;
    --thread: #2f5a3d; --in: #232a33; --out: #14304d; --green: #8fdca8; --on-green: #17402a;
    --azure: #a9d3ff; --on-azure: #113556; --amber: #ffd28a; --on-amber: #4a3510; --grey: #d0d4da;
    --on-grey: #3a414b; --red: #ff9d94; --shadow: none;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 14px/1.5 "Salesforce Sans", -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
    "Noto Sans", "DejaVu Sans", Arial, sans-serif;
}
a { color: var(--blue); text-decoration: none; overflow-wrap: anywhere; }
a:hover, a:focus-visible { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; border-radius: 4px; }
.bar { background: var(--deep) linear-gradient(180deg, #063a7a, var(--deep)); color: #fff; }
.bar > div {
  max-width: 1240px; margin: auto; padding: 10px 24px; display: flex; gap: 26px;
  align-items: center; flex-wrap: wrap;
}
.bar a { color: #fff; opacity: .85; padding: 4px 0; }
.bar a[aria-current] { opacity: 1; font-weight: 600; box-shadow: 0 2px 0 #7cc4ff; }
.bar .org {
  opacity: 1; font-weight: 700; font-size: 16px; display: flex; gap: 10px; align-items: center;
}
.bar .note { margin-inline-start: auto; font-size: 12px; opacity: .75; }
main { max-width: 1240px; margin: 20px auto 56px; padding: 0 24px; }
.card {
  background: var(--paper); border: 1px solid var(--line); border-radius: var(--radius);
  box-shadow: var(--shadow); margin-bottom: 18px; overflow: hidden;
}
.card > header {
  display: flex; align-items: center; gap: 12px; padding: 14px 18px;
  border-bottom: 1px solid var(--line); background: var(--raised);
}
.card h2 { margin: 0; font-size: 16px; line-height: 1.3; }
.card header small { color: var(--soft); font-size: 12px; }
.icon {
  width: 34px; height: 34px; border-radius: 8px; flex: none; display: grid;
  place-items: center;
}
.icon.small { width: 26px; height: 26px; border-radius: 50%; }
.icon svg { width: 62%; height: 62%; fill: #fff; display: block; }
.icon.lead { background: var(--lead); } .icon.contact { background: var(--contact); }
.icon.task { background: var(--task); } .icon.cloud, .icon.report { background: var(--sent); }
.icon.wait { background: #b26a00; }
table { width: 100%; border-collapse: collapse; }
th {
  text-align: start; font-size: 12px; font-weight: 600; color: var(--soft); padding: 9px 18px;
  background: var(--paper); border-bottom: 1px solid var(--line); white-space: nowrap;
}
td { padding: 10px 18px; border-bottom: 1px solid var(--faint); vertical-align: middle; }
tr:last-child td { border-bottom: 0; }
tbody tr:hover { background: var(--hover); }
td.name { font-weight: 600; }
.number { text-align: end; font-variant-numeric: tabular-nums; }
.quiet { color: var(--soft); }
.badge {
  display: inline-block; padding: 2px 10px; border-radius: 99px; font-size: 12px; font-weight: 600;
  background: var(--on-azure); color: var(--azure); white-space: nowrap;
}
.badge.closed { background: var(--on-grey); color: var(--grey); }
.badge.converted { background: var(--on-green); color: var(--green); }
.badge.working { background: var(--on-amber); color: var(--amber); }
.badge.mark { background: var(--on-green); color: var(--green); margin-inline-start: 8px; }
.badge.waits { background: var(--on-amber); color: var(--amber); }
.more { display: block; text-align: center; padding: 11px; border-top: 1px solid var(--line); }
.empty { padding: 34px 18px; text-align: center; color: var(--soft); }
.top { padding: 18px 20px; display: flex; gap: 14px; align-items: center; flex-wrap: wrap; }
.top .icon { width: 44px; height: 44px; }
.top h1 { margin: 0; font-size: 22px; line-height: 1.2; overflow-wrap: anywhere; }
.top .kind { color: var(--soft); font-size: 13px; }
.top > .badge { margin-inline-start: auto; }
.facts {
  display: flex; flex-wrap: wrap; gap: 10px 40px; padding: 12px 20px 16px;
  margin: 0; border-top: 1px solid var(--line); background: var(--raised);
}
.facts dt, .fields dt { color: var(--soft); font-size: 12px; }
.facts dd, .fields dd { margin: 0; overflow-wrap: anywhere; }
.columns { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 18px; }
.fields {
  margin: 0; padding: 14px 18px 18px; display: grid; gap: 12px 24px;
  grid-template-columns: repeat(2, minmax(0, 1fr));
}
.fields > div { border-bottom: 1px solid var(--faint); padding-bottom: 6px; }
.fields .wide { grid-column: 1 / -1; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.month {
  margin: 0; padding: 8px 18px; background: var(--faint); font-size: 13px; font-weight: 600;
  display: flex; justify-content: space-between;
}
.month small { font-weight: 400; color: var(--soft); }
.timeline { list-style: none; margin: 0; padding: 6px 18px 12px; }
.timeline > li { display: flex; gap: 12px; padding-top: 12px; position: relative; }
.timeline > li::before {
  content: ""; position: absolute; inset-inline-start: 12px; top: 42px; bottom: -10px; width: 2px;
  background: var(--thread);
}
.timeline > li:last-child::before { bottom: 4px; }
.entry { flex: 1; min-width: 0; padding-bottom: 6px; }
.entry .head { display: flex; gap: 12px; align-items: baseline; }
.entry h3 { margin: 0; font-size: 14px; flex: 1; min-width: 0; overflow-wrap: anywhere; }
.entry time { color: var(--soft); font-size: 12px; white-space: nowrap; }
.entry time b { color: var(--ink); font-size: 14px; }
.timeline > .out { padding-inline-start: 12%; }
.timeline > .out::before { inset-inline-start: calc(12% + 12px); }
.side { font-weight: 600; padding: 1px 8px; border-radius: 99px; margin-inline-end: 6px; }
.in .side { background: var(--on-green); color: var(--green); }
.out .side { background: var(--on-azure); color: var(--azure); }
.timeline > .out .icon { background: var(--sent); }
.entry .by { margin: 0 0 6px; color: var(--soft); font-size: 12px; }
.entry .text {
  background: var(--in); border: 1px solid var(--line); border-radius: 8px; padding: 9px 12px;
}
.in .entry .text { border-left: 4px solid var(--task); }
.out .entry .text { background: var(--out); border-right: 4px solid var(--sent); }
.long { display: flex; flex-direction: column; }
.long details { order: 2; }
.long summary { cursor: pointer; color: var(--blue); padding: 6px 2px; font-size: 13px; }
.long details[open] ~ .preview { display: none; }
.long .preview { order: 1; }
.files { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0 0; padding: 0; list-style: none; }
.files a {
  display: inline-flex; gap: 8px; align-items: center; padding: 5px 12px; background: var(--paper);
  border: 1px solid var(--line); border-radius: 99px; font-size: 13px;
}
.files svg { width: 14px; height: 14px; fill: var(--soft); flex: none; }
.in-card { padding: 12px 18px 16px; margin: 0; }
.card > header .button { margin-inline-start: auto; }
.button {
  background: #0167b8; color: #fff; padding: 7px 16px; border-radius: 6px; font-weight: 600;
  overflow-wrap: normal; flex: none;
}
.card.narrow { max-width: 420px; margin: 40px auto; }
.sign-in { padding: 8px 24px 24px; }
.sign-in h1 { font-size: 20px; }
.sign-in form { display: flex; flex-wrap: wrap; gap: 12px; }
.sign-in label { flex: 1 1 100%; font-size: 12px; color: var(--soft); }
.sign-in input, .sign-in button {
  display: block; width: 100%; font: inherit; padding: 9px 12px; border-radius: 6px;
  border: 1px solid #747474;
}
.sign-in button {
  flex: 1 1 40%; background: #0167b8; border-color: #0167b8; color: #fff; cursor: pointer;
}
.sign-in button.second { background: var(--paper); color: var(--blue); border-color: #747474; }
.sign-in .quiet { flex: 1 1 100%; margin: 0; font-size: 12px; }
.wrong { color: var(--red); }
@media (max-width: 860px) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  .columns > section { order: -1; }
  .entry .head { flex-direction: column-reverse; gap: 0; }
  .hide-small { display: none; }
  main, .bar > div { padding-inline: 14px; }
  .bar > div { gap: 8px 20px; } .bar .note { margin: 0; flex: 1 1 100%; }
  th, td { padding-inline: 12px; } td .badge { white-space: normal; border-radius: 10px; }
  td .badge.mark { display: block; width: fit-content; margin: 3px 0 0; }
  .timeline { padding-inline: 14px; } .timeline > .out { padding-inline-start: 8%; }
  .timeline > .out::before { inset-inline-start: calc(8% + 12px); }
  .card > header { flex-wrap: wrap; } .card > header > div { flex: 1 1 60%; min-width: 0; }
  .fields { grid-template-columns: minmax(0, 1fr); }
}
"""
