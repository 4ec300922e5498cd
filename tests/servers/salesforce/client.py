"""The org as tests, benchmarks and gates hold it: in this process or in another one."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self, cast

from tests.servers.salesforce.faults import FaultKind
from tests.servers.salesforce.gateway import ReceivedRequest
from tests.servers.salesforce.oauth_client import OAuthAdmin
from tests.servers.salesforce.server import CONTROL_HEADER, OrgServer, ServerOptions
from wasf.demo.salesforce.calls import Json
from wasf.demo.salesforce.org import Clock
from wasf.demo.salesforce.seed import OrgSeed
from wasf.demo.server import Stoppable

KEY_FIELD = "WhatsApp_Message_Key__c"
LINK_FIELD = "WhatsApp_Chat__c"

Record = dict[str, Json]
_REPOSITORY = Path(__file__).parents[3]
_Run = Callable[[str, Mapping[str, Json]], Json]


class LocalOrg(Stoppable):
    """One running org. Use it as a context manager, or call `stop`.

    `run` does an operation of `Control` in the org's process; `stop` ends the org.
    """

    def __init__(
        self, base_url: str, control_token: str, run: _Run, stop: Callable[[], None]
    ) -> None:
        self._run, self._stop = run, stop
        about = cast("dict[str, str]", run("about", {}))
        self.base_url = base_url
        self.control_token = control_token
        self.org_id = about["org_id"]
        self.user_id = about["user_id"]
        self.access_token = about["access_token"]
        self.oauth = OAuthAdmin(run)

    @classmethod
    def start(
        cls, *, port: int = 0, path: str = ":memory:", seed: OrgSeed | None = None,
        clock: Clock | None = None,
    ) -> Self:  # fmt: skip
        """Start an org on a thread of this process; see `OrgServer`."""
        return cls.of(OrgServer(ServerOptions(port, path, seed or OrgSeed(), clock)))

    @classmethod
    def of(cls, server: OrgServer) -> Self:
        """Hold an org that runs in this process."""
        return cls(server.base_url, server.control_token, server.control.run, server.stop)

    @classmethod
    def spawn(cls, *arguments: str) -> Self:
        """Start an org in its own process; the arguments are those of `__main__`."""
        command = [sys.executable, "-m", "tests.servers.salesforce", *arguments]
        process = subprocess.Popen(
            command, cwd=_REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        about = json.loads(process.stdout.readline())

        def stop() -> None:
            if process.poll() is None:
                process.communicate()

        base_url, control_token = about["base_url"], about["control_token"]
        return cls(base_url, control_token, _remote(base_url, control_token), stop)

    @classmethod
    def attach(cls, base_url: str, control_token: str) -> Self:
        """Hold an org that runs elsewhere on this machine; stopping it is left to others."""
        return cls(base_url, control_token, _remote(base_url, control_token), lambda: None)

    def stop(self) -> None:
        """End the org, if it was started here."""
        self._stop()

    def add(self, sobject: str, **fields: Json) -> str:
        """Add a record without the API's checks, with audit fields if given; return its id."""
        return self.add_many(sobject, [fields])[0]

    def add_many(self, sobject: str, records: Sequence[Mapping[str, Json]]) -> list[str]:
        """Add many records of one object at once; return their ids in order."""
        arguments: Record = {"sobject": sobject, "records": [dict(record) for record in records]}
        return cast("list[str]", self._run("add", arguments))

    def add_contact(self, **fields: Json) -> str:
        """Add a Contact; LastName is needed."""
        return self.add("Contact", **fields)

    def add_person_account(self, **fields: Json) -> str:
        """Add a Person Account, with its Contact; LastName is needed. Return the Account's id."""
        return str(self._run("add_person", fields))

    def add_lead(self, **fields: Json) -> str:
        """Add a Lead; LastName is needed, Status is the org's default unless given."""
        return self.add("Lead", **fields)

    def add_user(self, **fields: Json) -> str:
        """Add a User, active and Standard unless given; LastName and Email are needed."""
        return self.add("User", **{"Username": fields.get("Email"), **fields})

    def edit(self, record: str, **changes: Json) -> None:
        """Change a record as a person does."""
        self._run("edit", {"id": record, "changes": changes})

    def delete(self, record: str) -> None:
        """Move a record to the recycle bin."""
        self._run("delete", {"id": record})

    def convert_lead(self, lead: str, contact: str | None = None) -> str:
        """Convert a Lead to a new Contact, or to a given one; return the id of the Contact."""
        return str(self._run("convert", {"id": lead, "contact": contact}))

    def merge(self, master: str, loser: str) -> None:
        """Merge the record `loser` into `master`."""
        self._run("merge", {"master": master, "loser": loser})

    def archive(self) -> int:
        """Let the nightly archiver run; return how many Tasks it took."""
        return cast("int", self._run("archive", {}))

    def rows(self, sobject: str, **where: Json) -> list[Record]:
        """Return all rows whose fields equal `where`, also deleted and archived ones."""
        return cast("list[Record]", self._run("rows", {"sobject": sobject, "where": where}))

    def count(self, sobject: str) -> int:
        """Return how many records of an object are not deleted."""
        return cast("int", self._run("count", {"sobject": sobject}))

    def fail(self, kind: FaultKind | str, **options: Json) -> None:
        """Order a fault by name or number (S1 to S32); options are the attributes of `Fault`."""
        self._run("fail", {"kind": kind, **options})

    def heal(self) -> None:
        """Remove the faults that still wait for their request."""
        self._run("heal", {})

    def land(self) -> int:
        """Carry out the late commits that are held; return how many."""
        return cast("int", self._run("land", {}))

    def refuse_connections(self, seconds: float) -> None:
        """Refuse connections for a while."""
        self._run("refuse", {"seconds": seconds})

    @property
    def jobs(self) -> list[Record]:
        """The bulk jobs, oldest first: `id`, `state`, `rows`, `error`, `content`."""
        return cast("list[Record]", self._run("jobs", {}))

    def end_job(self, job: str, state: str, error: str = "") -> None:
        """End a bulk job as an admin (Aborted) or the platform (Failed) does."""
        self._run("end_job", {"id": job, "state": state, "error": error})

    def forget_job(self, job: str, *, job_stays: bool = False) -> None:
        """Delete a bulk job with its results, or only these."""
        self._run("forget_job", {"id": job, "job_stays": job_stays})

    def fail_jobs(self, after: int, message: str) -> None:
        """Let the platform give bulk jobs up after so many rows."""
        self._run("fail_jobs", {"after": after, "message": message})

    def latency(self, milliseconds: float) -> None:
        """Delay every API answer; other requests go on meanwhile."""
        self._run("latency", {"milliseconds": milliseconds})

    @property
    def requests(self) -> list[ReceivedRequest]:
        """The API requests so far, in the order in which they arrived."""
        found = cast("list[dict[str, int | str]]", self._run("requests", {}))
        return [ReceivedRequest(**each) for each in found]  # type: ignore[arg-type]  # made by asdict

    def forget_requests(self) -> None:
        """Empty the list of requests; their numbers go on."""
        self._run("forget_requests", {})

    @property
    def api_calls(self) -> int:
        """How many calls count against the limit of the day."""
        return cast("int", self._run("usage", {}))

    def use_api_calls(self, calls: int) -> None:
        """Set how many calls were made today."""
        self._run("usage", {"calls": calls})

    def set(self, **settings: Json) -> None:
        """Change settings by the names of `AdminSettings`; lists stand for sets."""
        self._run("set", settings)

    def add_validation_rule(
        self, sobject: str, field: str, message: str, pattern: str | None
    ) -> None:
        """Refuse records whose field fits a pattern, or is empty (None)."""
        rule: Record = {"field": field, "message": message, "pattern": pattern}
        self._run("add_rule", {"sobject": sobject, **rule})

    def add_duplicate_rule(self, **rule: Json) -> None:
        """Add a duplicate rule for Leads by the attributes of `DuplicateRule`.

        Without any it is the standard rule, which new orgs have: it only alerts.
        """
        self._run("add_duplicate_rule", rule)

    def add_trigger(self, **trigger: Json) -> None:
        """Add a trigger or flow that throws, by the attributes of `Trigger`."""
        self._run("add_trigger", trigger)

    def lock(self, record: str, calls: int = 1, *, in_trigger: bool = False) -> None:
        """Lock a record against new Tasks for some calls."""
        self._run("lock", {"record": record, "calls": calls, "in_trigger": in_trigger})

    def add_task_flow(self, **flow: Json) -> None:
        """Let a flow touch every new Task, by the attributes of `TaskFlow`."""
        self._run("add_task_flow", flow)

    def change_field(self, sobject: str, name: str, **flags: Json) -> None:
        """Change how a field is described: `restricted=True, values=["Web"]`."""
        self._run("change_field", {"sobject": sobject, "name": name, **flags})

    @property
    def overlaps(self) -> int:
        """How often a call with Tasks of a record came while another one for it was open."""
        return cast("int", self._run("overlaps", {}))

    def fill_storage(self, room: int) -> None:
        """Leave data storage for so many more records in an org of 5 MB."""
        rows = sum(self.count(name) for name in ("Task", "Lead", "Contact"))
        self.set(data_storage_mb=5, other_data_kb=5 * 1024 - 2 * (rows + room))

    def add_field(self, sobject: str, name: str, type: str = "string", **flags: Json) -> None:  # noqa: A002 (Salesforce's word)
        """Make a custom field; flags are those of `Field` (length, unique, nillable ...)."""
        field: Record = {"name": name, "label": name, "type": type, "length": 255, **flags}
        self._run("add_field", {"sobject": sobject, **field})

    def add_key_field(self, name: str = KEY_FIELD) -> str:
        """Make the unique key field on Task; return its name."""
        self.add_field("Task", name, length=64, unique=True, external_id=True, id_lookup=True)
        return name

    def add_link_field(self, name: str = LINK_FIELD) -> str:
        """Make a field for the address of a chat on Lead; return its name."""
        self.add_field("Lead", name, "url", length=255)
        return name

    def add_record_type(self, sobject: str, name: str, **more: Json) -> str:
        """Add a record type by its label; return its id. `available`: the API user has it."""
        return str(self._run("add_record_type", {"sobject": sobject, "name": name, **more}))

    def require_field(self, sobject: str, name: str) -> None:
        """Make a required custom field."""
        self.add_field(sobject, name, nillable=False, permissionable=False)

    def lead_statuses(self, statuses: Sequence[Mapping[str, Json]]) -> None:
        """Replace the Lead statuses (ApiName, MasterLabel, IsDefault, IsConverted)."""
        self._statuses("LeadStatus", statuses)

    def task_statuses(self, statuses: Sequence[Mapping[str, Json]]) -> None:
        """Replace the Task statuses (ApiName, MasterLabel, IsDefault, IsClosed)."""
        self._statuses("TaskStatus", statuses)

    def _statuses(self, sobject: str, statuses: Sequence[Mapping[str, Json]]) -> None:
        listed: list[Json] = [dict(each) for each in statuses]
        self._run("statuses", {"sobject": sobject, "statuses": listed})

    def expire_tokens(self) -> str:
        """End the access token; return a new one, which `access_token` then is."""
        self.access_token = str(self._run("expire_tokens", {}))
        return self.access_token


def _remote(base_url: str, control_token: str) -> _Run:
    """Return how to do an operation in an org of another process."""

    def run(operation: str, arguments: Mapping[str, Json]) -> Json:
        request = urllib.request.Request(
            f"{base_url}/__control/{operation}",
            json.dumps(dict(arguments)).encode(),
            {CONTROL_HEADER: control_token, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                result: Json = json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["error"]) from error
        return result

    return run
