"""The home page: who is in the org, and how much was logged with whom."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from wasf.localorg import frame
from wasf.localorg.markup import Html, tag
from wasf.localorg.org import Org
from wasf.localorg.storage import Cell, Row

PER_PAGE = 25

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
    shown = pages.get(plural.lower(), 1) * PER_PAGE
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
