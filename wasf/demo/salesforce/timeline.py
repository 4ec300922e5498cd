"""The activity timeline of a person: Tasks, newest first, with their text and files."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

import re
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Final

from wasf.demo.salesforce import html
from wasf.demo.salesforce.html import Html, tag, with_links
from wasf.demo.salesforce.org import OrgState
from wasf.demo.salesforce.storage import Cell, Row

PER_PAGE = 50
_PREVIEW_LINES = 14
_PREVIEW_CHARACTERS = 900
_MESSAGE: Final = re.compile(r"WhatsApp (?:(\d\d:\d\d) )?(from|to) ")
_SIDES: Final = {"from": ("in", "Incoming"), "to": ("out", "Outgoing")}
"""The class of an entry, and the words for people who do not tell colours apart."""


def panel(org: OrgState, person: Row, page: int) -> Html:
    """Return one page of the activities of a Lead or Contact; pages count from 1."""
    who = str(person["Id"])
    ((total,),) = org.storage.tuples(
        'SELECT count(*) FROM "Task" WHERE "WhoId" = ? AND NOT "IsDeleted"', (who,)
    )
    count = int(str(total))
    tasks = org.storage.rows(
        'SELECT * FROM "Task" WHERE "WhoId" = ? AND NOT "IsDeleted" '
        'ORDER BY coalesce("ActivityDate", substr("CreatedDate", 1, 10)) DESC, "Id" DESC '
        "LIMIT ? OFFSET ?",
        (who, PER_PAGE, (page - 1) * PER_PAGE),
    )
    if not tasks:
        empty = tag("div", "No activities here", class_="empty")
        return html.card("task", "Activity", _counted(count), empty)
    files = files_of(org, [str(task["Id"]) for task in tasks])
    months = [
        (_month(name), [_entry(org, task, files.get(str(task["Id"]), [])) for task in group])
        for name, group in groupby(tasks, lambda task: _day(task)[:7])
    ]
    parts = [[head, tag("ol", entries, class_="timeline")] for head, entries in months]
    links = _pager(page, count)
    return html.card("task", "Activity", _counted(count, page), parts, links)


def _counted(count: int, page: int = 1) -> str:
    if count == 0:
        return "Nothing logged yet"
    if count <= PER_PAGE:
        return "1 activity" if count == 1 else f"{count} activities, newest first"
    first = (page - 1) * PER_PAGE + 1
    return f"{first}–{min(count, page * PER_PAGE)} of {count} activities, newest first"


def _pager(page: int, count: int) -> list[Html]:
    links = []
    if page > 1:
        links.append(tag("a", "Show newer activities", href=f"?page={page - 1}", class_="more"))
    if page * PER_PAGE < count:
        links.append(tag("a", "Show older activities", href=f"?page={page + 1}", class_="more"))
    return links


def _day(task: Row) -> str:
    return str(task["ActivityDate"] or task["CreatedDate"])[:10]


def _month(name: str) -> Html:
    first = date.fromisoformat(f"{name}-01")
    return tag("h3", f"{first:%B}", tag("small", f"{first.year}"), class_="month")


def _entry(org: OrgState, task: Row, files: Sequence[Row]) -> Html:
    day, subject = _day(task), str(task["Subject"] or "(no subject)")
    message = _MESSAGE.match(subject)
    side, words = _SIDES[message[2]] if message else ("", "")
    clock = tag("b", message[1], " ") if message and message[1] else None
    when = tag("time", clock, html.day(day), datetime=day)
    head = tag("div", tag("h3", subject, dir="auto"), when, class_="head")
    owner = tag("bdi", name_of(org, task["OwnerId"]))
    mark = tag("span", words, class_="side") if side else None
    by = tag("p", mark, owner, f" · {task['Status']!s}", class_="by")
    text = task["Description"]
    body = _text(str(text)) if text else None
    entry = tag("div", head, by, body, file_list(files), class_="entry")
    return tag("li", html.icon("task", small=True), entry, class_=side or None)


def _text(text: str) -> Html:
    whole = tag("div", with_links(text), class_="text", dir="auto")
    preview = _preview(text)
    if preview is None:
        return whole
    lines = text.count("\n") + 1
    words = f"Show all {lines} lines" if lines > _PREVIEW_LINES else "Show all of it"
    more = tag("details", tag("summary", words), whole)
    start = tag("div", with_links(preview), class_="text preview", dir="auto")
    return tag("div", more, start, class_="long")


def _preview(text: str) -> str | None:
    """Return the beginning of a long text; None if the text is short enough to be shown whole."""
    lines = text.split("\n")
    start = "\n".join(lines[:_PREVIEW_LINES])[:_PREVIEW_CHARACTERS]
    return None if start == text else f"{start.rstrip()} …"


def files_of(org: OrgState, records: Sequence[str]) -> dict[str, list[Row]]:
    """Return the newest versions of the files of records, by record."""
    found: dict[str, list[Row]] = {}
    links = [r for r in org.storage.find("ContentDocumentLink", "LinkedEntityId", records)
             if not r["IsDeleted"]]  # fmt: skip
    documents = {str(link["ContentDocumentId"]) for link in links}
    places = ", ".join("?" * len(documents))
    versions = org.storage.rows(
        'SELECT "Id", "ContentDocumentId", "Title", "PathOnClient", "ContentSize" '
        f'FROM "ContentVersion" WHERE "IsLatest" AND "ContentDocumentId" IN ({places})',
        sorted(documents),
    )
    by_document = {row["ContentDocumentId"]: row for row in versions}
    for link in links:
        if version := by_document.get(link["ContentDocumentId"]):
            found.setdefault(str(link["LinkedEntityId"]), []).append(version)
    return found


def file_list(files: Iterable[Row]) -> Html | None:
    """Return links that download the files."""
    items = [
        tag("li", tag("a", html.sign("file"),
                      tag("bdi", str(row["PathOnClient"] or row["Title"])),
                      tag("span", _size(row), class_="quiet"),
                      href=f"/file/{row['Id']!s}", download=True))
        for row in files
    ]  # fmt: skip
    return tag("ul", items, class_="files") if items else None


def _size(row: Row) -> str:
    size = float(str(row["ContentSize"] or 0))
    for unit in ("B", "KB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def name_of(org: OrgState, user: Cell) -> str:
    """Return the name of a user; "" for nobody."""
    return str((org.row(str(user)) or {}).get("Name") or "") if user else ""
