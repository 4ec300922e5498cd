"""The local org as tests, demo and benchmarks hold it: in this process or in another one."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self, cast

from wasf.demo.salesforce.control import Control
from wasf.demo.salesforce.errors import Json
from wasf.demo.salesforce.faults import FaultKind
from wasf.demo.salesforce.gate import Seen
from wasf.demo.salesforce.oauth_client import OAuthSide
from wasf.demo.salesforce.org import Clock
from wasf.demo.salesforce.seed import Seed
from wasf.demo.salesforce.server import CONTROL_HEADER, Options, ServerThread

KEY_FIELD = "WhatsApp_Message_Key__c"
LINK_FIELD = "WhatsApp_Chat__c"

Record = dict[str, Json]
_Run = Callable[[str, Mapping[str, Json]], Json]


@dataclass(frozen=True, slots=True)
class _Held:
    base_url: str
    control_token: str
    run: _Run
    stop: Callable[[], None]


class LocalOrg:
    """One running org. Use as a context manager, or call `stop`."""

    def __init__(self, held: _Held) -> None:
        self._held = held
        about = cast("dict[str, str]", held.run("about", {}))
        self.base_url = held.base_url
        self.control_token = held.control_token
        self.org_id = about["org_id"]
        self.user_id = about["user_id"]
        self.access_token = about["access_token"]
        self.oauth = OAuthSide(held.run)

    @classmethod
    def start(
        cls,
        *,
        port: int = 0,
        path: str = ":memory:",
        seed: Seed | None = None,
        clock: Clock | None = None,
    ) -> Self:  # fmt: skip
        """Starts an org on a thread of this process. Port 0: a free one. OSError if taken."""
        thread = ServerThread(Options(port, path, seed or Seed(), clock))
        server = thread.server
        run = Control(server.gate).run
        return cls(_Held(server.base_url, server.control_token, run, thread.stop))

    @classmethod
    def spawn(cls, *arguments: str) -> Self:
        """Starts an org in its own process, with arguments of `python -m wasf.demo.salesforce`."""
        command = [sys.executable, "-m", "wasf.demo.salesforce", *arguments]
        process = subprocess.Popen(  # noqa: S603 (our own module)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None  # noqa: S101 (PIPE was asked for)
        about = json.loads(process.stdout.readline())
        held = _remote(about["base_url"], about["control_token"])

        def stop() -> None:
            if process.poll() is None:
                process.communicate()

        return cls(_Held(held.base_url, held.control_token, held.run, stop))

    @classmethod
    def attach(cls, base_url: str, control_token: str) -> Self:
        """An org that runs elsewhere on this machine; stopping it is not this object's task."""
        return cls(_remote(base_url, control_token))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.stop()

    def stop(self) -> None:
        """Ends the org, if it was started here."""
        self._held.stop()

    def add(self, kind: str, **fields: Json) -> str:
        """Adds one record past the API's checks (audit fields may be given); answers its id."""
        return self.add_many(kind, [fields])[0]

    def add_many(self, kind: str, records: Sequence[Mapping[str, Json]]) -> list[str]:
        """Adds many records of a kind at once; answers their ids in order."""
        arguments: Record = {"kind": kind, "records": [dict(record) for record in records]}
        return cast("list[str]", self._held.run("add", arguments))

    def add_contact(self, **fields: Json) -> str:
        """Adds a Contact; LastName is needed."""
        return self.add("Contact", **fields)

    def add_lead(self, **fields: Json) -> str:
        """Adds a Lead; LastName is needed, Status is the org's default unless given."""
        return self.add("Lead", **fields)

    def add_user(self, **fields: Json) -> str:
        """Adds a User; LastName and Email are needed. Active and Standard unless said otherwise."""
        return self.add("User", **{"Username": fields.get("Email"), **fields})

    def edit(self, record: str, **changes: Json) -> None:
        """Changes a record as a person would."""
        self._held.run("edit", {"id": record, "changes": changes})

    def delete(self, record: str) -> None:
        """Moves a record to the bin."""
        self._held.run("delete", {"id": record})

    def convert_lead(self, lead: str, contact: str | None = None) -> str:
        """Converts a Lead to a new Contact, or the one given; answers the Contact's id."""
        return str(self._held.run("convert", {"id": lead, "contact": contact}))

    def merge(self, master: str, loser: str) -> None:
        """Merges a record into another of its kind."""
        self._held.run("merge", {"master": master, "loser": loser})

    def archive(self) -> int:
        """Lets the nightly archiver run; answers how many Tasks it took."""
        return cast("int", self._held.run("archive", {}))

    def rows(self, kind: str, **where: Json) -> list[Record]:
        """All stored rows whose fields equal `where`, deleted and archived ones too."""
        return cast("list[Record]", self._held.run("rows", {"kind": kind, "where": where}))

    def count(self, kind: str) -> int:
        """How many records of a kind are not deleted."""
        return cast("int", self._held.run("count", {"kind": kind}))

    def fail(self, kind: FaultKind | str, **options: Json) -> None:
        """Orders a fault by name or number (S1 to S32); options are the fields of `Fault`."""
        self._held.run("fail", {"kind": kind, **options})

    def heal(self) -> None:
        """Takes back the faults that still wait for their request."""
        self._held.run("heal", {})

    def land(self) -> int:
        """Lets late commits that are held come about; answers how many."""
        return cast("int", self._held.run("land", {}))

    def refuse_connections(self, seconds: float) -> None:
        """Closes the port for a while."""
        self._held.run("refuse", {"seconds": seconds})

    def latency(self, milliseconds: float) -> None:
        """Makes every API answer wait; other requests go on meanwhile."""
        self._held.run("latency", {"milliseconds": milliseconds})

    @property
    def requests(self) -> list[Seen]:
        """The API requests so far, in order of arrival; never their contents."""
        found = cast("list[dict[str, int | str]]", self._held.run("requests", {}))
        return [Seen(**each) for each in found]  # type: ignore[arg-type]  # made by asdict

    def forget_requests(self) -> None:
        """Empties the list of requests; their numbers go on."""
        self._held.run("forget_requests", {})

    @property
    def api_calls(self) -> int:
        """How many calls count against today's limit."""
        return cast("int", self._held.run("usage", {}))

    def use_api_calls(self, calls: int) -> None:
        """Says how many calls were made today."""
        self._held.run("usage", {"calls": calls})

    def set(self, **switches: Json) -> None:
        """Changes switches; the names are those of `Settings`, lists stand for sets."""
        self._held.run("set", switches)

    def add_validation_rule(self, kind: str, field: str, message: str, pattern: str | None) -> None:
        """Refuses records whose field fits a pattern, or is empty (None)."""
        arguments: Record = {"kind": kind, "field": field, "message": message, "pattern": pattern}
        self._held.run("add_rule", arguments)

    def add_field(self, kind: str, name: str, type: str = "string", **flags: Json) -> None:  # noqa: A002 (Salesforce's word)
        """Makes a custom field; flags are those of `Field` (length, unique, nillable ...)."""
        arguments: Record = {"kind": kind, "name": name, "label": name, "type": type, **flags}
        self._held.run("add_field", {"length": 255, **arguments})

    def add_key_field(self, name: str = KEY_FIELD) -> str:
        """Makes the unique key field on Task; answers its name."""
        self.add_field("Task", name, length=64, unique=True, external_id=True, id_lookup=True)
        return name

    def add_link_field(self, name: str = LINK_FIELD) -> str:
        """Makes a field for the chat's address on Lead; answers its name."""
        self.add_field("Lead", name, "url", length=255)
        return name

    def require_field(self, kind: str, name: str) -> None:
        """Makes a custom field that a record cannot do without."""
        self.add_field(kind, name, nillable=False, permissionable=False)

    def lead_statuses(self, statuses: Sequence[Mapping[str, Json]]) -> None:
        """Replaces the Lead statuses (ApiName, MasterLabel, IsDefault, IsConverted)."""
        self._statuses("LeadStatus", statuses)

    def task_statuses(self, statuses: Sequence[Mapping[str, Json]]) -> None:
        """Replaces the Task statuses (ApiName, MasterLabel, IsDefault, IsClosed)."""
        self._statuses("TaskStatus", statuses)

    def _statuses(self, kind: str, statuses: Sequence[Mapping[str, Json]]) -> None:
        arguments: Record = {"kind": kind, "statuses": [dict(each) for each in statuses]}
        self._held.run("statuses", arguments)

    def expire_tokens(self) -> str:
        """Makes the access token invalid; answers a new one, which `access_token` then is."""
        self.access_token = str(self._held.run("expire_tokens", {}))
        return self.access_token


def _remote(base_url: str, control_token: str) -> _Held:
    def run(operation: str, arguments: Mapping[str, Json]) -> Json:
        request = urllib.request.Request(  # noqa: S310 (our own loopback address)
            f"{base_url}/__control/{operation}",
            json.dumps(dict(arguments)).encode(),
            {CONTROL_HEADER: control_token, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                result: Json = json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["error"]) from error
        return result

    return _Held(base_url, control_token, run, lambda: None)
