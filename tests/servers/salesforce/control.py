"""All that tests may do to an org, as operations on plain JSON: the same in any process."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace

from tests.servers.salesforce import person_accounts, user_actions
from tests.servers.salesforce.admin_settings import (
    AdminSettings,
    BulkFailure,
    DuplicateRule,
    RecordLock,
    TaskFlow,
    Trigger,
    ValidationRule,
)
from tests.servers.salesforce.bulk import BulkApi, job_row
from tests.servers.salesforce.faults import Fault, parse_kind
from tests.servers.salesforce.oauth_control import OAuthControl
from tests.servers.salesforce.similarity import EQUATIONS
from wasf.demo.salesforce import describe, records, seed, validation
from wasf.demo.salesforce.calls import Json
from wasf.demo.salesforce.model import Field, RecordTypeInfo

Arguments = Mapping[str, Json]


class Control(OAuthControl):
    """The operations by name. Each takes and returns JSON; wrong arguments are a `ValueError`."""

    def run(self, operation: str, arguments: Arguments) -> Json:
        """Do one operation alone on the org. Raise `ValueError` if it is unknown or wrong."""
        work: Callable[[Arguments], Json] | None = getattr(self, f"do_{operation}", None)
        if work is None:
            raise ValueError(f"no such operation: {operation}")
        with self._org.lock:
            try:
                return work(arguments)
            except (KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{operation}: {type(error).__name__}: {error}") from error

    def do_about(self, _: Arguments) -> Json:
        """Return the ids of the org and its API user, and an access token."""
        token = next(iter(self._org.tokens), "")
        return {"org_id": self._org.org_id, "user_id": self._org.user_id, "access_token": token}

    def do_add(self, arguments: Arguments) -> Json:
        """Add `records` of an `sobject` without the API's checks; return their ids."""
        listed = arguments["records"]
        if not isinstance(listed, list):
            raise TypeError("records")
        given = [record for record in listed if isinstance(record, dict)]
        return list(seed.add(self._org, str(arguments["sobject"]), given))

    def do_add_person(self, arguments: Arguments) -> Json:
        """Add a Person Account by the fields of Account; return its id."""
        return person_accounts.add(self._org, arguments)

    def do_edit(self, arguments: Arguments) -> Json:
        """Change a record as a person does."""
        changes = arguments["changes"]
        if not isinstance(changes, dict):
            raise TypeError("changes")
        user_actions.edit(self._org, str(arguments["id"]), changes)
        return None

    def do_delete(self, arguments: Arguments) -> Json:
        """Move a record to the recycle bin, with its Tasks and file links."""
        records.remove(self._org, str(arguments["id"]))
        return None

    def do_convert(self, arguments: Arguments) -> Json:
        """Convert a Lead; return the id of the Contact."""
        contact = arguments.get("contact")
        return user_actions.convert(
            self._org, str(arguments["id"]), str(contact) if contact else None
        )

    def do_merge(self, arguments: Arguments) -> Json:
        """Merge `loser` into `master`."""
        user_actions.merge(self._org, str(arguments["master"]), str(arguments["loser"]))
        return None

    def do_archive(self, _: Arguments) -> Json:
        """Let the nightly archiver run; return how many Tasks it took."""
        return user_actions.archive(self._org)

    def do_rows(self, arguments: Arguments) -> Json:
        """Return all rows of an `sobject` whose fields equal `where`, also deleted ones."""
        sobject = self._org.stored_sobject(str(arguments["sobject"]))
        where = arguments.get("where") or {}
        if not isinstance(where, dict):
            raise TypeError("where")
        wanted = {sobject.by_name[name.lower()]: value for name, value in where.items()}
        clause = " AND ".join(f'"{field.name}" IS ?' for field in wanted) or "1"
        cells = [validation.stored(field, value) for field, value in wanted.items()]
        rows = self._org.storage.rows(
            f'SELECT * FROM "{sobject.name}" WHERE {clause} ORDER BY rowid', cells
        )
        return [{f.name: describe.shown(f, row[f.name]) for f in sobject.fields} for row in rows]

    def do_count(self, arguments: Arguments) -> Json:
        """Return how many records of an `sobject` are not deleted."""
        sobject = self._org.stored_sobject(str(arguments["sobject"]))
        alive = 'NOT "IsDeleted"' if sobject.has("IsDeleted") else "1"
        ((count,),) = self._org.storage.tuples(
            f'SELECT count(*) FROM "{sobject.name}" WHERE {alive}'
        )
        return int(str(count))

    def do_fail(self, arguments: Arguments) -> Json:
        """Order a fault."""
        given = dict(arguments)
        kind = parse_kind(str(given.pop("kind")))
        rows = given.pop("rows", None)
        places = tuple(int(str(row)) for row in rows) if isinstance(rows, list) else (0,)
        names = {field.name for field in fields(Fault)}
        if unknown := set(given) - names:
            raise ValueError(f"no such option of a fault: {', '.join(sorted(unknown))}")
        fault = Fault(kind=kind, rows=places)
        self._gateway.faults.add(replace(fault, **given))  # type: ignore[arg-type]  # names checked above
        return None

    def do_heal(self, _: Arguments) -> Json:
        """Remove all faults that still wait for their request."""
        self._gateway.faults.clear()
        return None

    def do_land(self, _: Arguments) -> Json:
        """Carry out the late commits that are held; return how many."""
        return self._gateway.faults.land()

    def do_jobs(self, _: Arguments) -> Json:
        """Return the bulk jobs with their content, oldest first."""
        return [job_row(job, self._bulk.content(job)) for job in self._bulk.jobs()]

    def do_end_job(self, arguments: Arguments) -> Json:
        """End a bulk job: `state` is Aborted or Failed, `error` its message."""
        self._bulk.end(str(arguments["id"]), str(arguments["state"]), str(arguments["error"]))
        return None

    def do_forget_job(self, arguments: Arguments) -> Json:
        """Delete a bulk job as an admin does, or only its results (`job_stays`)."""
        forget = self._bulk.lose_results if arguments.get("job_stays") else self._bulk.forget
        forget(str(arguments["id"]))
        return None

    def do_fail_jobs(self, arguments: Arguments) -> Json:
        """Give bulk jobs up from now on; the arguments are those of `BulkFailure`."""
        failure = BulkFailure(**arguments)  # type: ignore[arg-type]  # a TypeError becomes a ValueError
        self._org.configure(replace(self._org.admin, bulk_failure=failure))
        return None

    @property
    def _bulk(self) -> BulkApi:
        return next(one for one in self._org.customizations if isinstance(one, BulkApi))

    def do_latency(self, arguments: Arguments) -> Json:
        """Delay every answer by some milliseconds."""
        self._gateway.latency = float(str(arguments["milliseconds"])) / 1000
        return None

    def do_requests(self, _: Arguments) -> Json:
        """Return the API requests so far, in the order in which they arrived."""
        return [asdict(each) for each in list(self._gateway.received.values())]

    def do_forget_requests(self, _: Arguments) -> Json:
        """Empty the list of requests; their numbers go on."""
        self._gateway.received.clear()
        return None

    def do_usage(self, arguments: Arguments) -> Json:
        """Return the API calls of the day, after setting them to `calls` if given."""
        calls = arguments.get("calls")
        if calls is not None:
            self._org.api_calls = int(str(calls))
        return self._org.api_calls

    def do_set(self, arguments: Arguments) -> Json:
        """Change settings by the names of `AdminSettings`; lists stand for sets."""
        known = {field.name for field in fields(AdminSettings)}
        if unknown := set(arguments) - known:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
        changed = {
            name: frozenset(map(str, value)) if isinstance(value, list) else value
            for name, value in arguments.items()
        }
        self._org.configure(replace(self._org.admin, **changed))  # type: ignore[arg-type]  # names checked above
        return None

    def do_add_rule(self, arguments: Arguments) -> Json:
        """Add a validation rule."""
        pattern = arguments.get("pattern")
        rule = ValidationRule(
            str(arguments["sobject"]), str(arguments["field"]),
            None if pattern is None else str(pattern), str(arguments["message"]),
        )  # fmt: skip
        rules = (*self._org.admin.validation_rules, rule)
        self._org.configure(replace(self._org.admin, validation_rules=rules))
        return None

    def do_add_duplicate_rule(self, arguments: Arguments) -> Json:
        """Add an active duplicate rule; the arguments are those of `DuplicateRule`."""
        given = {
            name: tuple(map(str, value)) if isinstance(value, list) else value
            for name, value in arguments.items()
        }
        rule = DuplicateRule(**given)  # type: ignore[arg-type]  # a TypeError becomes a ValueError
        if rule.matching not in EQUATIONS or rule.action not in ("alert", "block", "report"):
            raise ValueError(f"no such rule: {rule}")
        seed.add(self._org, "DuplicateRule", [{
            "SobjectType": "Lead", "DeveloperName": rule.name, "IsActive": True,
            "MasterLabel": rule.name.replace("_", " "),
        }])  # fmt: skip
        rules = (*self._org.admin.duplicate_rules, rule)
        self._org.configure(replace(self._org.admin, duplicate_rules=rules))
        return None

    def do_add_trigger(self, arguments: Arguments) -> Json:
        """Add a trigger or flow that throws; the arguments are those of `Trigger`."""
        trigger = Trigger(**arguments)  # type: ignore[arg-type]  # a TypeError becomes a ValueError
        triggers = (*self._org.admin.triggers, trigger)
        self._org.configure(replace(self._org.admin, triggers=triggers))
        return None

    def do_lock(self, arguments: Arguments) -> Json:
        """Lock a record for some calls; the arguments are those of `RecordLock`."""
        lock = RecordLock(**arguments)  # type: ignore[arg-type]  # a TypeError becomes a ValueError
        self._org.configure(replace(self._org.admin, locks=(*self._org.admin.locks, lock)))
        return None

    def do_add_task_flow(self, arguments: Arguments) -> Json:
        """Let a flow touch every new Task; the arguments are those of `TaskFlow`."""
        flow = TaskFlow(**arguments)  # type: ignore[arg-type]  # a TypeError becomes a ValueError
        self._org.configure(replace(self._org.admin, task_flow=flow))
        return None

    def do_change_field(self, arguments: Arguments) -> Json:
        """Change how a field is described; the other arguments are attributes of `Field`."""
        given = {
            name: tuple(map(str, value)) if isinstance(value, list) else value
            for name, value in arguments.items()
        }
        sobject, name = str(given.pop("sobject")), str(given.pop("name"))
        field = self._org.stored_sobject(sobject).by_name[name.lower()]
        self._org.replace_field(sobject, replace(field, **given))  # type: ignore[arg-type]  # a TypeError becomes a ValueError
        self._org.access_changed()
        return None

    def do_overlaps(self, _: Arguments) -> Json:
        """Return how often a call for a record came while another one for it was open."""
        return self._gateway.overlaps

    def do_add_field(self, arguments: Arguments) -> Json:
        """Add a custom field to an `sobject`; the other arguments are those of `Field`."""
        given = {"custom": True, **arguments}
        sobject = str(given.pop("sobject"))
        if isinstance(values := given.get("values"), list):
            given["values"] = tuple(map(str, values))  # type: ignore[assignment]  # for `Field`
        self._org.add_field(sobject, Field(**given))  # type: ignore[arg-type]  # a TypeError becomes a ValueError
        return None

    def do_add_record_type(self, arguments: Arguments) -> Json:
        """Add a record type to an `sobject`: its `name` (label), and whether it is `available`."""
        sobject, name = str(arguments["sobject"]), str(arguments["name"])
        developer = str(arguments.get("developer_name") or name.replace(" ", "_"))
        (record,) = seed.add(self._org, "RecordType", [{
            "Name": name, "DeveloperName": developer, "SobjectType": sobject, "IsActive": True,
        }])  # fmt: skip
        available = arguments.get("available", True) is True
        self._org.add_record_type(sobject, RecordTypeInfo(record, name, developer, available))
        return record

    def do_statuses(self, arguments: Arguments) -> Json:
        """Replace the values of LeadStatus or TaskStatus: records with ApiName and flags."""
        name, statuses = str(arguments["sobject"]), arguments["statuses"]
        if not isinstance(statuses, list) or not statuses:
            raise TypeError("statuses")
        given = [{"SortOrder": n, **s} for n, s in enumerate(statuses, 1) if isinstance(s, dict)]
        given = [{"MasterLabel": each["ApiName"], **each} for each in given]
        self._org.storage.change(f'DELETE FROM "{name}"', [()])
        seed.add(self._org, name, given)
        names = tuple(str(each["ApiName"]) for each in given)
        labels = tuple(str(each["MasterLabel"]) for each in given)
        default = next((str(e["ApiName"]) for e in given if e.get("IsDefault")), names[0])
        owner = name.removesuffix("Status")
        field = self._org.stored_sobject(owner).by_name["status"]
        changed = replace(field, values=names, value_labels=labels, default=default)
        self._org.replace_field(owner, changed)
        return None

    def do_expire_tokens(self, _: Arguments) -> Json:
        """End all tokens; return a new one."""
        self._org.tokens.clear()
        return self._org.new_token()

    def do_refuse(self, arguments: Arguments) -> Json:
        """Refuse connections for some seconds."""
        self._gateway.refuse(float(str(arguments["seconds"])))
        return None
