"""The activity timeline of a record: Tasks, newest first, with their text and files."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from starlette.responses import Response

from wasf.demo.salesforce import html as frame
from wasf.demo.salesforce.html import Html, tag, with_links
from wasf.demo.salesforce.org import Org
from wasf.demo.salesforce.storage import Cell, Row

# --- people_list
# The home page: who is in the org, and how much was logged with whom.


PEOPLE_PER_PAGE = 25

_Columns = Sequence[tuple[str, str]]


def home(org: Org, pages: Mapping[str, int]) -> Response:
    """Contacts, then Leads; those with the latest activity first."""
    contacts = _card(org, "Contact", (("Phone", "Phone"), ("MobilePhone", "Mobile")), pages)
    leads = _card(org, "Lead", (("Company", "Company"), ("Phone", "Phone")), pages)
    return frame.page(org, "Home", contacts, leads)


def name_of(org: Org, user: Cell) -> str:
    """A user's name."""
    return str((org.row(str(user)) or {}).get("Name") or "") if user else ""


def _card(org: Org, kind: str, columns: _Columns, pages: Mapping[str, int]) -> Html:
    plural = f"{kind}s"
    ((total,),) = org.storage.tuples(f'SELECT count(*) FROM "{kind}" WHERE NOT "IsDeleted"')
    shown = pages.get(plural.lower(), 1) * PEOPLE_PER_PAGE
    rows = org.storage.rows(
        f'SELECT * FROM "{kind}" WHERE NOT "IsDeleted" '
        'ORDER BY "LastActivityDate" DESC NULLS LAST, "Name", "Id" LIMIT ?',
        (shown,),
    )
    counts = _activities(org, [str(row["Id"]) for row in rows])
    body = [_row(org, kind, row, columns, counts.get(str(row["Id"]), 0)) for row in rows]
    note = f"{total!s} in this org, latest activity first"
    inside = _table(kind, columns, body) if body else tag("div", f"No {plural} yet", class_="empty")
    more = None
    if int(str(total)) > shown:
        query = "&".join(
            f"{name.lower()}={pages.get(name.lower(), 1) + (name == plural)}"
            for name in ("Contacts", "Leads")
        )
        more = tag("a", "Show more", href=f"/?{query}#{plural.lower()}", class_="more")
    box = frame.card(kind.lower(), plural, note, inside, more)
    return tag("div", box, id=plural.lower())


def _activities(org: Org, people: Sequence[str]) -> dict[str, int]:
    places = ", ".join("?" * len(people))
    rows = org.storage.tuples(
        f'SELECT "WhoId", count(*) FROM "Task" WHERE NOT "IsDeleted" AND "WhoId" IN ({places}) '
        'GROUP BY "WhoId"',
        list(people),
    )
    return {str(who): int(str(count)) for who, count in rows}


def _table(kind: str, columns: _Columns, body: Sequence[Html]) -> Html:
    heads = [tag("th", "Name", scope="col")]
    heads += [tag("th", label, scope="col", class_="hide-small") for _, label in columns]
    if kind == "Lead":
        heads.append(tag("th", "Status", scope="col"))
    heads.append(tag("th", "Owner", scope="col", class_="hide-small"))
    heads.append(tag("th", "Last activity", scope="col", class_="hide-small"))
    heads.append(tag("th", "Activities", scope="col", class_="number"))
    return tag("table", tag("thead", tag("tr", heads)), tag("tbody", body))


def _row(org: Org, kind: str, row: Row, columns: _Columns, count: int) -> Html:
    address = f"/lightning/r/{kind}/{row['Id']!s}/view"
    cells = [tag("td", tag("a", tag("bdi", str(row["Name"])), href=address), class_="name")]
    cells += [
        tag("td", tag("bdi", str(row.get(name) or "")), class_="hide-small") for name, _ in columns
    ]
    if kind == "Lead":
        pill = frame.badge(str(row["Status"]), converted=bool(row["IsConverted"]))
        cells.append(tag("td", pill))
    cells.append(tag("td", name_of(org, row["OwnerId"]), class_="hide-small", dir="auto"))
    last = row["LastActivityDate"]
    cells.append(tag("td", frame.day(str(last) if last else None), class_="quiet hide-small"))
    cells.append(tag("td", str(count), class_="number"))
    return tag("tr", cells)


# --- timeline


PER_PAGE = 50
_PREVIEW_LINES = 14
_PREVIEW_CHARACTERS = 900


def panel(org: Org, person: Row, page: int) -> Html:
    """One page of a person's activities."""
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
        return frame.card("task", "Activity", _counted(count), empty)
    files = files_of(org, [str(task["Id"]) for task in tasks])
    months = [
        (_month(name), [_entry(org, task, files.get(str(task["Id"]), [])) for task in group])
        for name, group in groupby(tasks, lambda task: _day(task)[:7])
    ]
    parts = [[head, tag("ol", entries, class_="timeline")] for head, entries in months]
    links = _pager(page, count)
    return frame.card("task", "Activity", _counted(count, page), parts, links)


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


def _entry(org: Org, task: Row, files: Sequence[Row]) -> Html:
    day = _day(task)
    head = tag(
        "div",
        tag("h3", str(task["Subject"] or "(no subject)"), dir="auto"),
        tag("time", frame.day(day), datetime=day),
        class_="head",
    )
    owner = tag("bdi", name_of(org, task["OwnerId"]))
    by = tag("p", owner, f" · {task['Status']!s}", class_="by")
    text = task["Description"]
    body = _text(str(text)) if text else None
    entry = tag("div", head, by, body, file_list(files), class_="entry")
    return tag("li", frame.icon("task", small=True), entry)


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
    """The beginning of a long text; None where the text is short enough to be shown whole."""
    lines = text.split("\n")
    start = "\n".join(lines[:_PREVIEW_LINES])[:_PREVIEW_CHARACTERS]
    return None if start == text else f"{start.rstrip()} …"


def files_of(org: Org, records: Sequence[str]) -> dict[str, list[Row]]:
    """The current versions of the files that hang on records, by record."""
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
    """Files as pills that download them."""
    items = [
        tag("li", tag("a", frame.sign("file"),
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
