"""The org's pages for people: home, a record with its activities, and the download of files."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from wasf.demo.salesforce import html as frame
from wasf.demo.salesforce import style, timeline
from wasf.demo.salesforce import timeline as people_list
from wasf.demo.salesforce.html import Child, Html, outside_link, tag, with_links
from wasf.demo.salesforce.model import Kind, canonical
from wasf.demo.salesforce.org import Org
from wasf.demo.salesforce.storage import Row

_LEFT_OUT = frozenset({
    "Id", "IsDeleted", "MasterRecordId", "Name", "LastName", "FirstName", "Salutation",
    "IsUnreadByOwner", "SystemModstamp", "LastModifiedById", "CreatedById", "OwnerId",
    "ConvertedAccountId", "ConvertedContactId", "IsConverted", "Description",
})  # fmt: skip


def routes(org: Org) -> list[Route]:
    """The addresses of the pages."""

    async def home(request: Request) -> Response:
        with org.lock:
            return people_list.home(org, _numbers(request))

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
        Route("/lightning/r/{kind}/{record}/view", record),
        Route("/lightning/r/{record}/view", short),
        Route("/file/{version}", file),
        Route("/{record}", short),
        Route("/{rest:path}", short),
    ]


async def _sheet(_: Request) -> Response:
    return Response(style.SHEET, media_type="text/css", headers={"Cache-Control": "no-cache"})


def _numbers(request: Request) -> dict[str, int]:
    """The page numbers in an address; what is no number counts as the first page."""
    return {
        name: max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 6 else 1
        for name, value in request.query_params.items()
    }


def _short(org: Org, text: str | None) -> Response:
    record = canonical(text or "")
    kind = org.kind_of(record) if record else None
    if record is None or kind is None or kind.name not in ("Lead", "Contact"):
        return frame.not_found(org)
    return RedirectResponse(f"/lightning/r/{kind.name}/{record}/view", 302, frame.HEADERS)


def _record_page(org: Org, request: Request) -> Response:
    record = canonical(request.path_params["record"])
    row = org.row(record) if record else None
    name = request.path_params["kind"]
    kind = org.kind_of(record) if record else None
    if row is None or kind is None or kind.name != name or name not in ("Lead", "Contact"):
        return frame.not_found(org)
    if row["IsDeleted"]:
        return _gone(org, row)
    columns = tag(
        "div",
        tag("div", _details(org, kind, row), _files_card(org, row)),
        timeline.panel(org, row, _numbers(request).get("page", 1)),
        class_="columns",
    )
    return frame.page(org, str(row["Name"]), _highlights(org, kind, row), columns,
                      here=kind.plural)  # fmt: skip


def _gone(org: Org, row: Row) -> Response:
    """Merged records lead to their master, deleted ones nowhere."""
    master = row.get("MasterRecordId")
    return _short(org, str(master)) if master else frame.not_found(org)


def _highlights(org: Org, kind: Kind, row: Row) -> Html:
    title = tag(
        "div", tag("div", kind.label, class_="kind"), tag("h1", str(row["Name"]), dir="auto")
    )
    pill = None
    if kind.name == "Lead":
        pill = frame.badge(str(row["Status"]), converted=bool(row["IsConverted"]))
    top = tag("div", frame.icon(kind.name.lower()), title, pill, class_="top")
    names = ("Title", "Company", "Phone", "MobilePhone", "Email")
    facts = [
        _fact(kind.by_name[name.lower()].label, _value(name, str(row[name])))
        for name in names
        if kind.has(name) and row.get(name)
    ]
    facts.append(_fact("Owner", people_list.name_of(org, row.get("OwnerId"))))
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


def _details(org: Org, kind: Kind, row: Row) -> Html:
    fields = []
    for field in kind.fields:
        value = row.get(field.name)
        if field.name in _LEFT_OUT or value is None or field.type in ("boolean", "reference"):
            continue
        text = str(value)
        shown: Child = _value(field.name, text)
        if field.type in ("date", "datetime"):
            shown = frame.day(text)
        elif field.type == "url":
            shown = outside_link(text, text)
        fields.append(_fact(field.label, shown))
    fields.append(_fact("Owner", people_list.name_of(org, row.get("OwnerId"))))
    description = row.get("Description")
    if description:
        text = tag("div", with_links(str(description)), class_="text", dir="auto")
        fields.append(_fact("Description", text, wide=True))
    return frame.card(
        kind.name.lower(), "Details", str(row["Id"]), tag("dl", fields, class_="fields")
    )


def _files_card(org: Org, row: Row) -> Html | None:
    found = timeline.files_of(org, [str(row["Id"])]).get(str(row["Id"]), [])
    if not found:
        return None
    return frame.card(
        "task", "Files", f"{len(found)}", tag("div", timeline.file_list(found), class_="in-card")
    )


def _file(org: Org, text: str) -> Response:
    """A file as a download: never shown by the browser, whatever it holds."""
    record = canonical(text)
    row = org.row(record) if record and record.startswith("068") else None
    if row is None or row["IsDeleted"] or not isinstance(row["VersionData"], bytes):
        return frame.not_found(org)
    name = quote(str(row["PathOnClient"] or row["Title"]), safe="")
    headers = {**frame.HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(row["VersionData"], 200, headers, media_type="application/octet-stream")
