"""Everything a test, a demo or a benchmark may do to the org, as operations on plain JSON."""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace

from wasf.demo.salesforce import delete as deleting
from wasf.demo.salesforce import seed as seeding
from wasf.demo.salesforce import validation as rules
from wasf.demo.salesforce import values
from wasf.demo.salesforce.access import Settings, ValidationRule
from wasf.demo.salesforce.errors import Json
from wasf.demo.salesforce.faults import Fault, parse_kind
from wasf.demo.salesforce.model import Field, RecordId
from wasf.demo.salesforce.oauth_client import OAuthControl
from wasf.demo.salesforce.org import Org
from wasf.demo.salesforce.storage import Row

# --- people
# What people do to records in the browser: convert a Lead, merge two, let the archive run.


_SHARED = ("FirstName", "LastName", "Phone", "MobilePhone", "Email", "Title", "LeadSource",
           "Description")  # fmt: skip


def convert(org: Org, lead: str, contact: str | None = None) -> RecordId:
    """Converts a Lead into a new Contact, or the one given; its Tasks move along."""
    row = _existing(org, lead)
    target = RecordId(contact) if contact else _as_contact(org, row)
    status = org.storage.tuples('SELECT "ApiName" FROM "LeadStatus" WHERE "IsConverted" LIMIT 1')
    changes: dict[str, Json] = {
        "IsConverted": True,
        "ConvertedContactId": target,
        "ConvertedDate": org.now().date().isoformat(),
        "Status": str(status[0][0]) if status else str(row["Status"]),
    }
    seeding.edit(org, lead, changes)
    _move_tasks(org, lead, target)
    return target


def _as_contact(org: Org, row: Row) -> RecordId:
    fields: dict[str, Json] = {"OwnerId": str(row["OwnerId"])}
    for name in _SHARED:
        value = row.get(name)
        if isinstance(value, str):
            fields[name] = value
    return seeding.add(org, "Contact", [fields])[0]


def merge(org: Org, master: str, loser: str) -> None:
    """Merges `loser` into `master`: its Tasks move, it goes to the bin and names its master."""
    _existing(org, master)
    _existing(org, loser)
    _move_tasks(org, loser, master)
    deleting.move_to_bin(org, loser)
    seeding.edit(org, loser, {"MasterRecordId": master})


def _move_tasks(org: Org, old: str, new: str) -> None:
    org.storage.change('UPDATE "Task" SET "WhoId" = ? WHERE "WhoId" = ?', [(new, old)])


def _existing(org: Org, record: str) -> Row:
    row = org.row(record)
    if row is None or row.get("IsDeleted"):
        raise KeyError(record)
    return row


def archive(org: Org) -> int:
    """Lets the nightly archiver run; answers how many Tasks it took."""
    before = rules.gather(org, ()).archive_before
    rows = org.storage.rows('SELECT * FROM "Task" WHERE NOT "IsArchived" AND NOT "IsDeleted"')
    old = [row for row in rows if rules.is_old(row, before)]
    org.storage.change(
        'UPDATE "Task" SET "IsArchived" = 1 WHERE "Id" = ?', [(row["Id"],) for row in old]
    )
    return len(old)


# --- control


Arguments = Mapping[str, Json]


class Control(OAuthControl):
    """The operations by name. Each takes and answers JSON; wrong arguments are a ValueError."""

    def run(self, operation: str, arguments: Arguments) -> Json:
        """Does one operation, alone on the org. ValueError for what is unknown or wrong."""
        work: Callable[[Arguments], Json] | None = getattr(self, f"do_{operation}", None)
        if work is None:
            raise ValueError(f"no such operation: {operation}")
        with self._org.lock:
            try:
                return work(arguments)
            except (KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{operation}: {type(error).__name__}: {error}") from error

    def do_about(self, _: Arguments) -> Json:
        """Who the org is."""
        token = next(iter(self._org.tokens), "")
        return {"org_id": self._org.org_id, "user_id": self._org.user_id, "access_token": token}

    def do_add(self, arguments: Arguments) -> Json:
        """Adds `records` of a `kind`, past the API's checks; answers their ids."""
        records = arguments["records"]
        if not isinstance(records, list):
            raise TypeError("records")
        given = [record for record in records if isinstance(record, dict)]
        return list(seeding.add(self._org, str(arguments["kind"]), given))

    def do_edit(self, arguments: Arguments) -> Json:
        """Changes a record as a person would."""
        changes = arguments["changes"]
        if not isinstance(changes, dict):
            raise TypeError("changes")
        seeding.edit(self._org, str(arguments["id"]), changes)
        return None

    def do_delete(self, arguments: Arguments) -> Json:
        """Moves a record to the bin, with its Tasks and file links."""
        deleting.move_to_bin(self._org, str(arguments["id"]))
        return None

    def do_convert(self, arguments: Arguments) -> Json:
        """Converts a Lead; answers the Contact's id."""
        contact = arguments.get("contact")
        return convert(self._org, str(arguments["id"]), str(contact) if contact else None)

    def do_merge(self, arguments: Arguments) -> Json:
        """Merges `loser` into `master`."""
        merge(self._org, str(arguments["master"]), str(arguments["loser"]))
        return None

    def do_archive(self, _: Arguments) -> Json:
        """Lets the nightly archiver run."""
        return archive(self._org)

    def do_rows(self, arguments: Arguments) -> Json:
        """All stored rows of a `kind` whose fields equal `where`, deleted and archived included."""
        kind = self._org.stored_kind(str(arguments["kind"]))
        where = arguments.get("where") or {}
        if not isinstance(where, dict):
            raise TypeError("where")
        wanted = {kind.by_name[name.lower()]: value for name, value in where.items()}
        clause = " AND ".join(f'"{field.name}" IS ?' for field in wanted) or "1"
        cells = [values.stored(field, value) for field, value in wanted.items()]
        rows = self._org.storage.rows(
            f'SELECT * FROM "{kind.name}" WHERE {clause} ORDER BY rowid', cells
        )
        return [{f.name: values.shown(f, row[f.name]) for f in kind.fields} for row in rows]

    def do_count(self, arguments: Arguments) -> Json:
        """How many records of a `kind` there are that are not deleted."""
        kind = self._org.stored_kind(str(arguments["kind"]))
        alive = 'NOT "IsDeleted"' if kind.has("IsDeleted") else "1"
        ((count,),) = self._org.storage.tuples(f'SELECT count(*) FROM "{kind.name}" WHERE {alive}')
        return int(str(count))

    def do_fail(self, arguments: Arguments) -> Json:
        """Orders a fault."""
        given = dict(arguments)
        kind = parse_kind(str(given.pop("kind")))
        rows = given.pop("rows", None)
        places = tuple(int(str(row)) for row in rows) if isinstance(rows, list) else (0,)
        names = {field.name for field in fields(Fault)}
        if unknown := set(given) - names:
            raise ValueError(f"no such option of a fault: {', '.join(sorted(unknown))}")
        fault = Fault(kind=kind, rows=places)
        self._gate.faults.add(replace(fault, **given))  # type: ignore[arg-type]  # names checked above
        return None

    def do_heal(self, _: Arguments) -> Json:
        """Takes back all faults that are still waiting."""
        self._gate.faults.clear()
        return None

    def do_land(self, _: Arguments) -> Json:
        """Late commits that are held come about now."""
        return self._gate.faults.land()

    def do_latency(self, arguments: Arguments) -> Json:
        """Makes every answer wait so many milliseconds."""
        self._gate.latency = float(str(arguments["milliseconds"])) / 1000
        return None

    def do_requests(self, _: Arguments) -> Json:
        """The API requests so far, in order of arrival."""
        return [asdict(seen) for seen in list(self._gate.seen.values())]

    def do_forget_requests(self, _: Arguments) -> Json:
        """Empties the list of requests; their numbers go on."""
        self._gate.seen.clear()
        return None

    def do_usage(self, arguments: Arguments) -> Json:
        """Reads the API calls of the day, or sets them with `calls`."""
        calls = arguments.get("calls")
        if calls is not None:
            self._org.api_calls = int(str(calls))
        return self._org.api_calls

    def do_set(self, arguments: Arguments) -> Json:
        """Changes switches by the names of `Settings`; lists stand for sets."""
        known = {field.name for field in fields(Settings)}
        if unknown := set(arguments) - known:
            raise ValueError(f"no such switch: {', '.join(sorted(unknown))}")
        changed = {
            name: frozenset(map(str, value)) if isinstance(value, list) else value
            for name, value in arguments.items()
        }
        self._org.change(replace(self._org.settings, **changed))  # type: ignore[arg-type]  # names checked above
        return None

    def do_add_rule(self, arguments: Arguments) -> Json:
        """Adds a validation rule."""
        pattern = arguments.get("pattern")
        rule = ValidationRule(
            str(arguments["kind"]), str(arguments["field"]),
            None if pattern is None else str(pattern), str(arguments["message"]),
        )  # fmt: skip
        rules = (*self._org.settings.validation_rules, rule)
        self._org.change(replace(self._org.settings, validation_rules=rules))
        return None

    def do_add_field(self, arguments: Arguments) -> Json:
        """Adds a custom field to a `kind`; the other arguments are those of `Field`."""
        given = {"custom": True, **arguments}
        kind = str(given.pop("kind"))
        self._org.add_field(kind, Field(**given))  # type: ignore[arg-type]  # a TypeError becomes a ValueError
        return None

    def do_statuses(self, arguments: Arguments) -> Json:
        """Replaces the values of LeadStatus or TaskStatus (`kind`): records with ApiName, flags."""
        kind, statuses = str(arguments["kind"]), arguments["statuses"]
        if not isinstance(statuses, list) or not statuses:
            raise TypeError("statuses")
        given = [{"SortOrder": n, **s} for n, s in enumerate(statuses, 1) if isinstance(s, dict)]
        given = [{"MasterLabel": each["ApiName"], **each} for each in given]
        self._org.storage.change(f'DELETE FROM "{kind}"', [()])
        seeding.add(self._org, kind, given)
        names = tuple(str(each["ApiName"]) for each in given)
        labels = tuple(str(each["MasterLabel"]) for each in given)
        default = next((str(e["ApiName"]) for e in given if e.get("IsDefault")), names[0])
        owner = kind.removesuffix("Status")
        field = self._org.stored_kind(owner).by_name["status"]
        changed = replace(field, values=names, value_labels=labels, default=default)
        self._org.replace_field(owner, changed)
        return None

    def do_expire_tokens(self, _: Arguments) -> Json:
        """Makes all tokens invalid; answers a new one."""
        self._org.tokens.clear()
        return self._org.new_token()

    def do_refuse(self, arguments: Arguments) -> Json:
        """Closes the port for so many seconds."""
        self._gate.shut(float(str(arguments["seconds"])))
        return None
