"""The pages of the org for people: home, a record with its activities, the download of a file."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from wasf.demo.salesforce import html, timeline
from wasf.demo.salesforce import html as style
from wasf.demo.salesforce.html import Child, Html, outside_link, tag, with_links
from wasf.demo.salesforce.model import SObjectType, canonical
from wasf.demo.salesforce.org import OrgState
from wasf.demo.salesforce.storage import Row

PEOPLE_PER_PAGE = 25
_LEFT_OUT = frozenset({
    "Id", "IsDeleted", "MasterRecordId", "Name", "LastName", "FirstName", "Salutation",
    "IsUnreadByOwner", "SystemModstamp", "LastModifiedById", "CreatedById", "OwnerId",
    "ConvertedAccountId", "ConvertedContactId", "IsConverted", "Description", "Status",
})  # fmt: skip


_ON_TOP = ("Title", "Company", "Phone", "MobilePhone", "Email")
"""Fields that stand beside the name, and not a second time among the details."""


def routes(org: OrgState) -> list[Route]:
    """Return the addresses of the pages."""

    async def home(request: Request) -> Response:
        with org.lock:
            return _home(org, _numbers(request))

    async def report(_: Request) -> Response:
        with org.lock:
            return _report(org)

    async def record(request: Request) -> Response:
        with org.lock:
            return _record_page(org, request)

    async def file(request: Request) -> Response:
        with org.lock:
            return _file(org, request.path_params["version"])

    async def short(request: Request) -> Response:
        with org.lock:
            return _short(org, request.path_params.get("record"))

    return [
        Route("/", home),
        Route("/style.css", _sheet),
        Route("/report", report),
        Route("/lightning/r/{sobject}/{record}/view", record),
        Route("/lightning/r/{record}/view", short),
        Route("/file/{version}", file),
        Route("/{record}", short),
        Route("/{rest:path}", short),
    ]


async def _sheet(_: Request) -> Response:
    return Response(style.SHEET, media_type="text/css", headers={"Cache-Control": "no-cache"})


def _numbers(request: Request) -> dict[str, int]:
    """Return the page numbers in an address; anything but a number is page 1."""
    return {
        name: max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 6 else 1
        for name, value in request.query_params.items()
    }


_Columns = Sequence[tuple[str, str]]


def _home(org: OrgState, pages: Mapping[str, int]) -> Response:
    """Return the home page: Contacts, then Leads, each with the latest activity first."""
    contacts = _card(org, "Contact", (("Phone", "Phone"), ("MobilePhone", "Mobile")), pages)
    leads = _card(org, "Lead", (("Company", "Company"), ("Phone", "Phone")), pages)
    return html.page(org, "Home", *_demo_cards(org), contacts, leads)


def _demo_cards(org: OrgState) -> list[Html]:
    """Return what a demo shows above the records: its report, and the chats that wait."""
    if org.shown is None:
        return []
    link = tag("a", "Open the report", href="/report", class_="button")
    cards = [html.card("report", "Report", "who answers how fast, and who waits", button=link)]
    if waiting := org.shown.waiting:
        mark = tag("span", "Waits", class_="badge mark waits")
        rows = [
            tag("tr", tag("td", tag("bdi", chat), " ", mark, class_="name"), tag("td", why))
            for chat, why in waiting
        ]
        note = "not in Salesforce yet; wasf status says what to do"
        cards.append(html.card("wait", "Chats that wait", note, tag("table", tag("tbody", rows))))
    return cards


def _report(org: OrgState) -> Response:
    """Return the report; it forbids itself what the other pages forbid, but its own style."""
    if org.shown is None:
        return html.not_found(org)
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    headers = html.HEADERS | {"Content-Security-Policy": policy}
    return Response(org.shown.report, 200, headers, media_type="text/html")


def _card(org: OrgState, kind: str, columns: _Columns, pages: Mapping[str, int]) -> Html:
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
    box = html.card(kind.lower(), plural, note, inside, more)
    return tag("div", box, id=plural.lower())


def _activities(org: OrgState, people: Sequence[str]) -> dict[str, int]:
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


def _row(org: OrgState, kind: str, row: Row, columns: _Columns, count: int) -> Html:
    address = f"/lightning/r/{kind}/{row['Id']!s}/view"
    link = tag("a", tag("bdi", str(row["Name"])), href=address)
    cells = [tag("td", link, " ", _mark(org, row), class_="name")]
    cells += [
        tag("td", tag("bdi", _beside_name(row, name)), class_="hide-small") for name, _ in columns
    ]
    if kind == "Lead":
        pill = html.badge(str(row["Status"]), converted=bool(row["IsConverted"]))
        cells.append(tag("td", pill))
    cells.append(tag("td", timeline.name_of(org, row["OwnerId"]), class_="hide-small", dir="auto"))
    last = row["LastActivityDate"]
    cells.append(tag("td", html.day(str(last) if last else None), class_="quiet hide-small"))
    cells.append(tag("td", str(count), class_="number"))
    return tag("tr", cells)


def _beside_name(row: Row, field: str) -> str:
    """Return a field's text; nothing if the name, a new Lead's number, says the same."""
    text = str(row.get(field) or "")
    return "" if text == row["Name"] else text


def _mark(org: OrgState, row: Row) -> Html | None:
    """Return what the demo's sync did to a record, as a label."""
    word = org.shown.marks.get(str(row["Id"])) if org.shown else None
    return tag("span", word, class_="badge mark") if word else None


def _short(org: OrgState, text: str | None) -> Response:
    record = canonical(text or "")
    sobject = org.sobject_of(record) if record else None
    if record is None or sobject is None or sobject.name not in ("Lead", "Contact"):
        return html.not_found(org)
    return RedirectResponse(f"/lightning/r/{sobject.name}/{record}/view", 302, html.HEADERS)


def _record_page(org: OrgState, request: Request) -> Response:
    record = canonical(request.path_params["record"])
    row = org.row(record) if record else None
    name = request.path_params["sobject"]
    sobject = org.sobject_of(record) if record else None
    if row is None or sobject is None or sobject.name != name or name not in ("Lead", "Contact"):
        return html.not_found(org)
    if row["IsDeleted"]:
        return _gone(org, row)
    columns = tag(
        "div",
        tag("div", _details(sobject, row), _files_card(org, row)),
        timeline.panel(org, row, _numbers(request).get("page", 1)),
        class_="columns",
    )
    return html.page(org, str(row["Name"]), _highlights(org, sobject, row), columns,
                      here=sobject.plural)  # fmt: skip


def _gone(org: OrgState, row: Row) -> Response:
    """Redirect from a merged record to its master; a deleted record is not found."""
    master = row.get("MasterRecordId")
    return _short(org, str(master)) if master else html.not_found(org)


def _highlights(org: OrgState, sobject: SObjectType, row: Row) -> Html:
    title = tag(
        "div",
        tag("div", sobject.label, " ", _mark(org, row), class_="kind"),
        tag("h1", str(row["Name"]), dir="auto"),
    )
    pill = None
    if sobject.name == "Lead":
        pill = html.badge(str(row["Status"]), converted=bool(row["IsConverted"]))
    top = tag("div", html.icon(sobject.name.lower()), title, pill, class_="top")
    facts = [
        _fact(sobject.by_name[name.lower()].label, _value(name, str(row[name])))
        for name in _ON_TOP
        if sobject.has(name) and _beside_name(row, name)
    ]
    facts.append(_fact("Owner", timeline.name_of(org, row.get("OwnerId"))))
    if target := row.get("ConvertedContactId"):
        link = tag("a", "Contact", href=f"/lightning/r/Contact/{target!s}/view")
        facts.append(_fact("Converted to", link))
    return tag("section", top, tag("dl", facts, class_="facts"), class_="card")


def _fact(label: str, value: Child, *, wide: bool = False) -> Html:
    return tag(
        "div", tag("dt", label), tag("dd", value, dir="auto"), class_="wide" if wide else None
    )


def _value(name: str, text: str) -> Child:
    if name in ("Phone", "MobilePhone", "HomePhone", "OtherPhone"):
        digits = "".join(sign for sign in text if sign.isdigit() or sign == "+")
        return tag("a", tag("bdi", text), href=f"tel:{digits}")
    if name == "Email":
        return tag("a", text, href=f"mailto:{quote(text, safe='@.+-_')}")
    return text


def _details(sobject: SObjectType, row: Row) -> Html:
    fields = []
    for field in sobject.fields:
        value = row.get(field.name)
        if (
            field.name in {*_LEFT_OUT, *_ON_TOP}
            or value is None
            or field.type in ("boolean", "reference")
        ):
            continue
        text = str(value)
        shown: Child = _value(field.name, text)
        if field.type in ("date", "datetime"):
            shown = html.day(text)
        elif field.type == "url":
            shown = outside_link(text, text)
        fields.append(_fact(field.label, shown))
    description = row.get("Description")
    if description:
        text = tag("div", with_links(str(description)), class_="text", dir="auto")
        fields.append(_fact("Description", text, wide=True))
    return html.card(
        sobject.name.lower(), "Details", str(row["Id"]), tag("dl", fields, class_="fields")
    )


def _files_card(org: OrgState, row: Row) -> Html | None:
    found = timeline.files_of(org, [str(row["Id"])]).get(str(row["Id"]), [])
    if not found:
        return None
    return html.card(
        "task", "Files", f"{len(found)}", tag("div", timeline.file_list(found), class_="in-card")
    )


def _file(org: OrgState, text: str) -> Response:
    """Return a file as a download, so that the browser shows none of it."""
    record = canonical(text)
    row = org.row(record) if record and record.startswith("068") else None
    if row is None or row["IsDeleted"] or not isinstance(row["VersionData"], bytes):
        return html.not_found(org)
    name = quote(str(row["PathOnClient"] or row["Title"]), safe="")
    headers = {**html.HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(row["VersionData"], 200, headers, media_type="application/octet-stream")
