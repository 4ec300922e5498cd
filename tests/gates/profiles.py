"""Orgs as admins configure them: the main job in each, with few chats and with a long one.

A profile says what the admin did, what is logged in spite of it, what the report names, what doctor
foretells, and what settles the rest. In each of them every message is logged once, or waits with a
reason that names what settles it; the next sync writes nothing twice; once it is settled, all is
there. To add a profile, add a row to `PROFILES`.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.end_to_end.program import Record, Wasf
from tests.exports_builder import Said, write_android
from tests.gates.parallel import Tally
from tests.servers.salesforce import LocalOrg

CONTACT, LEAD, NEW = (f"+44 7700 90010{number}" for number in range(3))
LONG_CHAT: Final = "+44 7700 900103"
LOADS: Mapping[str, Mapping[str, int]] = {
    "33 of 3 chats": {CONTACT: 11, LEAD: 11, NEW: 11},
    "450 of 1 chat": {LONG_CHAT: 450},
}
"""How many messages each chat has; one in each holds the word `poison`."""

POISONED: Final = 7
_TOKEN: Final = re.compile(r"said-\d+-\d+")
_START: Final = datetime(2026, 3, 2, 10)
_OUTSIDE: Final = {"token store": "skipped"}
_STATUSES: Final = ("New", "Contacted", "Unqualified")

Arrange = Callable[[Wasf, LocalOrg], object]


def _nothing(_: Wasf, __: LocalOrg) -> None:
    """Leave everything as it is."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One org.

    `waits` is how many messages wait, of those of each chat in a load; `words` must be in what is
    said of each chat that waits. `inserts` is how many calls with Tasks the first sync may take.
    `doctor` are the checks that are not fine. `settle` is what the words tell people to do.
    """

    arrange: Arrange = _nothing
    waits: Callable[[Mapping[str, int]], int] = lambda _: 0
    code: int = 0
    words: tuple[str, ...] = ()
    inserts: int = 5
    doctor: Mapping[str, str] = field(default_factory=dict)
    settle: Arrange = lambda _, org: org.set(triggers=[], validation_rules=[])


def _all(load: Mapping[str, int]) -> int:
    return sum(load.values())


def _one_each(load: Mapping[str, int]) -> int:
    return len(load)


def _of_new_lead(load: Mapping[str, int]) -> int:
    return load.get(NEW, 0)


def _beyond(room: int) -> Callable[[Mapping[str, int]], int]:
    """All but those for which there is room beside the new Lead."""
    return lambda load: max(0, _all(load) - room + (NEW in load))


def _trigger(**attributes: object) -> Arrange:
    return lambda _, org: org.add_trigger(**attributes)  # type: ignore[arg-type]  # plain JSON


def _rule(sobject: str, name: str, message: str, pattern: str | None) -> Arrange:
    return lambda _, org: org.add_validation_rule(sobject, name, message, pattern)


def _storage(room: int) -> Arrange:
    """Room for so many records."""
    return lambda _, org: org.fill_storage(room)


def _lock(*, in_trigger: bool) -> Arrange:
    def lock(_: Wasf, org: LocalOrg) -> None:
        for contact in org.rows("Contact"):
            org.lock(str(contact["Id"]), 2, in_trigger=in_trigger)

    return lock


def _private_tasks(wasf: Wasf, org: LocalOrg) -> None:
    org.add_user(LastName="Yo", Email="yo@example.com")
    org.set(private_tasks=True)
    wasf.set(owner="yo@example.com")


def _no_access(wasf: Wasf, org: LocalOrg) -> None:
    org.set(no_access=[org.add_user(LastName="Yo", Email="yo@example.com")])
    wasf.set(owner="yo@example.com")


def _robot(_: Wasf, org: LocalOrg) -> None:
    robot = org.add_user(LastName="Flow", Email="f@example.com", UserType="AutomatedProcess")
    org.add_task_flow(user=robot, changes={"Priority": "High"})


def _guided(_: Wasf, org: LocalOrg) -> None:
    listed = [{"ApiName": name, "IsDefault": name == "New"} for name in _STATUSES]
    org.lead_statuses([*listed, {"ApiName": "Qualified", "IsConverted": True}])
    for lead in org.rows("Lead"):
        org.edit(str(lead["Id"]), Status="Unqualified")


def _closed_by_hand(wasf: Wasf, _: LocalOrg) -> None:
    assert wasf.run("config", "set", "lead.closed_statuses", "Unqualified").code == 0


def _open_tasks(_: Wasf, org: LocalOrg) -> None:
    org.task_statuses([{"ApiName": "Open", "IsDefault": True, "IsClosed": False}])


def _with_closed(_: Wasf, org: LocalOrg) -> None:
    org.task_statuses(
        [{"ApiName": "Open", "IsDefault": True}, {"ApiName": "Done", "IsClosed": True}]
    )


def _required(_: Wasf, org: LocalOrg) -> None:
    org.require_field("Task", "Channel__c")


def _hidden(_: Wasf, org: LocalOrg) -> None:
    org.add_field("Task", "Channel__c")
    org.set(required_by_trigger=["Task.Channel__c"])


def _fill(wasf: Wasf, _: LocalOrg) -> None:
    assert wasf.run("config", "set", "task.fields", "Channel__c=WhatsApp").code == 0


def _config(name: str, value: str) -> Arrange:
    def set_it(wasf: Wasf, _: LocalOrg) -> None:
        assert wasf.run("config", "set", name, value).code == 0

    return set_it


def _mapped(wasf: Wasf, org: LocalOrg) -> None:
    org.add_field("Task", "Way__c", "picklist", values=["Inbound", "Outbound"], restricted=True)
    org.add_field("Task", "Sent__c", "datetime", length=0)
    org.add_field("Task", "Until__c", "date", length=0)
    _config("task.fields", "Way__c={direction}, Sent__c={sent_at}, Until__c={sent_until}")(
        wasf, org
    )


def _restricted_later(wasf: Wasf, org: LocalOrg) -> None:
    org.add_field("Task", "Way__c", "picklist", values=["In", "Out"])
    _config("task.fields", "Way__c=Sideways")(wasf, org)
    org.change_field("Task", "Way__c", restricted=True)


def _short_field(wasf: Wasf, org: LocalOrg) -> None:
    org.add_field("Task", "Text__c", length=4)
    _config("task.fields", "Text__c={number}")(wasf, org)


def _record_type(wasf: Wasf, org: LocalOrg) -> None:
    org.add_record_type("Lead", "Retail Lead")
    _config("lead.fields", "RecordType=Retail Lead")(wasf, org)


def _related(wasf: Wasf, org: LocalOrg) -> None:
    for contact in org.rows("Contact"):
        deal = org.add("Opportunity", Name="Deal")
        org.add("OpportunityContactRole", OpportunityId=deal, ContactId=contact["Id"])
    _config("task.related", "opportunity")(wasf, org)


def _on_account(setting: str) -> Arrange:
    def add(wasf: Wasf, org: LocalOrg) -> None:
        org.add("Account", Name="Acme", Phone=NEW)
        wasf.set(accounts=setting)

    return add


def _installed(wasf: Wasf, _: LocalOrg) -> None:
    result = wasf.run("doctor", "--install-fields", "--yes")
    assert result.code == 0, result.err


def _crowded(words: str, times: int) -> Arrange:
    return lambda _, org: org.fail(
        "api-limit", path="composite/sobjects$", times=times, message=words
    )


_TRIGGER_WORDS = ("TaskRollup", "trigger or flow")
_ALWAYS = _trigger(poison=".")

PROFILES: dict[str, Profile] = {
    "ordinary": Profile(),
    "unique key field": Profile(lambda _, org: org.add_key_field()),
    "trigger, 100 queries, 20 rows": Profile(_trigger(most_rows=20), inserts=48),
    "trigger, CPU time, 150 rows": Profile(
        _trigger(most_rows=150, limit="Apex CPU time limit exceeded"), inserts=8
    ),
    "trigger, one row at a time": Profile(_trigger(most_rows=1), inserts=900),
    "flow, 50 rows": Profile(_trigger(most_rows=50, is_flow=True), inserts=16),
    "poison row, trigger": Profile(
        _trigger(poison="poison"), _one_each, 3, _TRIGGER_WORDS, inserts=26
    ),
    "poison row, flow": Profile(
        _trigger(poison="poison", is_flow=True), _one_each, 3, _TRIGGER_WORDS, inserts=26
    ),
    "poison row and 20 rows": Profile(
        lambda _, org: [org.add_trigger(most_rows=20), org.add_trigger(poison="poison")],
        _one_each, 3, _TRIGGER_WORDS, inserts=60,
    ),
    "trigger that refuses all": Profile(_ALWAYS, _all, 3, _TRIGGER_WORDS, inserts=45),
    "trigger on Leads": Profile(
        _trigger(name="LeadCheck", sobject="Lead", poison=".", poison_field="Phone"),
        _of_new_lead, 3, ("LeadCheck", "create the Lead by hand"),
    ),
    "lock": Profile(_lock(in_trigger=False), inserts=8),
    "lock in a trigger": Profile(_lock(in_trigger=True), inserts=8),
    "storage, room for 20": Profile(
        _storage(20), _beyond(20), 3, ("storage limit exceeded", "data storage is full"),
        doctor={"data storage": "failed"},
        settle=lambda _, org: org.fill_storage(2_000),
    ),
    "storage full": Profile(
        _storage(0), _all, 3, ("storage limit exceeded", "data storage is full"),
        doctor={"data storage": "failed"},
        settle=lambda _, org: org.fill_storage(2_000),
    ),
    "storage runs out soon": Profile(_storage(1_900), doctor={"data storage": "warning"}),
    "too many requests at once": Profile(
        _crowded("ConcurrentRequests (Concurrent API Requests) Limit exceeded.", 1), inserts=6
    ),
    "long transactions at once": Profile(
        _crowded("ConcurrentPerOrgLongTxn Limit exceeded.", 1), inserts=6
    ),
    "the day's calls are used up": Profile(
        _crowded("", 0), _all, 75, ("next sync",), settle=lambda _, org: org.heal()
    ),
    "validation rule on one Task": Profile(
        _rule("Task", "Description", "No such words (TK-02).", "poison"),
        _one_each, 3, ("TK-02", "rule"),
    ),
    "validation rule on all Tasks": Profile(
        _rule("Task", "CallDisposition", "Say how it went (TK-03).", None),
        _all, 3, ("TK-03", "task.fields"),
    ),
    "validation rule on Leads": Profile(
        _rule("Lead", "Email", "Every Lead needs an e-mail address (LD-07).", None),
        _of_new_lead, 3, ("LD-07", "create the Lead by hand"),
    ),
    "required field": Profile(
        _required, _all, 3, ("Channel__c", "task.fields"), inserts=2,
        doctor={"Task required fields": "failed"}, settle=_fill,
    ),
    "field that a trigger requires": Profile(
        _hidden, _all, 3, ("Channel__c", "task.fields"), inserts=2, settle=_fill
    ),
    "further fields of each type": Profile(_mapped),
    "fields that doctor installs": Profile(_installed),
    "value not in its picklist": Profile(
        _restricted_later, _all, 78, ("next sync",), doctor={"further fields": "failed"},
        settle=_config("task.fields", "Way__c=In"),
    ),
    "text too long for its field": Profile(
        _short_field, _all, 0, ("Text__c", "task.fields"), inserts=1,
        settle=_config("task.fields", "Text__c=abc"),
    ),
    "record type of Leads": Profile(_record_type),
    "restricted LeadSource": Profile(
        lambda _, org: org.change_field("Lead", "LeadSource", restricted=True, values=["Web"]),
        doctor={"lead source": "warning"},
    ),
    "required field of Leads": Profile(
        lambda _, org: org.require_field("Lead", "Segment__c"),
        _of_new_lead, 3, ("Segment__c", "lead.fields"),
        doctor={"Lead required fields": "warning"},
        settle=_config("lead.fields", "Segment__c=Retail"),
    ),
    "encrypted phone fields": Profile(
        lambda _, org: org.set(
            encrypted=["Contact.OtherPhone"], deterministic=["Lead.MobilePhone"]
        ),
        doctor={"phone fields": "warning"},
    ),
    "search that takes too long": Profile(
        lambda _, org: org.set(slow_like=["Contact", "Lead"]),
        _of_new_lead, 0, ("wasf link", "phone_search usual"),
        settle=lambda _, org: org.set(slow_like=[]),
    ),
    "Opportunities of Contacts": Profile(_related),
    "Person Account": Profile(
        lambda _, org: org.add_person_account(LastName="Person", PersonMobilePhone=NEW)
    ),
    "number of an Account, lead": Profile(_on_account("lead")),
    "number of an Account, wait": Profile(
        _on_account("wait"), _of_new_lead, 0, ("Acme", "wasf link"),
        settle=lambda wasf, _: wasf.set(accounts="lead"),
    ),
    "number of an Account, log": Profile(_on_account("log")),
    "owner without access": Profile(_no_access, inserts=10, doctor={"sharing": "warning"}),
    "private Tasks of others": Profile(_private_tasks, doctor={"sharing": "warning"}),
    "flow that touches Tasks": Profile(_robot),
    "no closed Task status": Profile(
        _open_tasks, _all, 77, ("next sync",), doctor={"TaskStatus": "failed"},
        settle=_with_closed,
    ),
    "statuses of a guided org": Profile(
        _guided, doctor={"closed Leads": "warning"}, settle=_closed_by_hand
    ),
    "private Leads": Profile(
        lambda _, org: org.edit(org.org_id, DefaultLeadAccess="None"),
        doctor={"sharing": "warning"},
    ),
    "standard duplicate rule": Profile(
        lambda _, org: org.add_duplicate_rule(), doctor={"duplicate rules": "warning"}
    ),
}  # fmt: skip


class _Differs(Exception):
    """Something is not as the profile says."""


def _expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise _Differs(f"{what}: {found!r} instead of {wanted!r}")


def run(name: str, load: str) -> Tally:
    """Do the main job in one org with one load; the tally's row is what came of it."""
    tally = Tally()
    with LocalOrg.start() as org, TemporaryDirectory(prefix="wasf-gate-") as folder:
        trial = _Trial(PROFILES[name], LOADS[load], org, Path(folder))
        try:
            trial.run()
        except (_Differs, AssertionError) as error:
            tally.fail(("profile", name, load), error)
        tally.rows.append(f"  {name:<30} {load:<14} {trial.row}")
        tally.counts["profiles and loads"] += 1
        tally.counts["messages in profiles"] += _all(LOADS[load])
    return tally


class _Trial:
    """One profile with one load."""

    def __init__(
        self, profile: Profile, load: Mapping[str, int], org: LocalOrg, folder: Path
    ) -> None:
        self.profile, self.load, self.org = profile, load, org
        self.wasf = Wasf(org, folder / "home")
        self.exports = folder / "exports"
        self.exports.mkdir()
        self.row = "not run"

    def run(self) -> None:
        """Fill the org, look, sync, sync again, settle and sync."""
        self._fill()
        self.code = self.profile.code if self.profile.waits(self.load) else 0
        self.profile.arrange(self.wasf, self.org)
        self._doctor(self.profile.doctor)
        self._first()
        self._again()
        self.profile.settle(self.wasf, self.org)
        self._sync("settled", 0, 0, self.exports)
        if self.profile.settle is _fill:
            self._doctor({})
        _expect("logged in the end", len(self._tokens()), _all(self.load))

    def _fill(self) -> None:
        for place, number in enumerate((CONTACT, LONG_CHAT)):
            self.org.add_contact(LastName=f"Contact {place}", Phone=number)
        self.org.add_lead(LastName="Lead", Phone=LEAD)
        for place, (number, count) in enumerate(self.load.items()):
            said = [
                Said(_START + timedelta(minutes=one), number, _text(place, one))
                for one in range(count)
            ]
            write_android(self.exports, number, said)

    def _doctor(self, foretold: Mapping[str, str]) -> None:
        result = self.wasf.run("doctor", "--json")
        checks = {one["check"]: one["status"] for one in result.json["checks"]}
        odd = {check: status for check, status in checks.items() if status != "ok"}
        is_unique = self.profile is PROFILES["unique key field"]
        usual = _OUTSIDE if is_unique else {**_OUTSIDE, "key field": "warning"}
        _expect("doctor", odd, {**usual, **foretold})
        self.foretold = ", ".join(self.profile.doctor) or "-"

    def _first(self) -> None:
        self.org.forget_requests()
        calls = self.org.api_calls
        waiting = self.profile.waits(self.load)
        report = self._sync("first sync", self.code, waiting, self.exports)
        inserts = sum(
            one.method == "POST" and one.path.endswith("composite/sobjects")
            for one in self.org.requests
        )
        messages, used = report["messages"], self.org.api_calls - calls
        self.row = (
            f"{messages['logged']:>4} {messages['waiting']:>7} {used:>6} {self.code:>4}"
            f"  {self.foretold}"
        )
        if inserts > self.profile.inserts:
            raise _Differs(f"calls of inserts: {inserts} instead of {self.profile.inserts}")

    def _again(self) -> None:
        """A second sync of the same writes nothing that is there already."""
        before = self._tokens()
        self._sync("second sync", self.code, self.profile.waits(self.load))
        _expect("Tasks after the second sync", self._tokens(), before)

    def _sync(self, what: str, code: int, waiting: int, *paths: Path) -> Record:
        result = self.wasf.run("sync", *paths, "--json")
        _expect(f"exit code of the {what}", int(result.code), code)
        report = result.json
        _expect(f"waiting at the {what}", report["messages"]["waiting"], waiting)
        for chat in report["chats"]:
            self._judge(what, chat)
        tokens = self._tokens()
        _expect(f"doubled at the {what}", [one for one, n in tokens.items() if n > 1], [])
        _expect(f"lost at the {what}", _all(self.load) - len(tokens), waiting)
        return report

    def _judge(self, what: str, chat: Record) -> None:
        """A chat that waits says why, and what settles it."""
        if not chat["waiting"]:
            return
        said = f"{chat['reason']} {chat['hint']}"
        for words in self.profile.words:
            if words not in said:
                raise _Differs(f"{what}: {words!r} is not in {said!r}")

    def _tokens(self) -> Counter[str]:
        texts = (str(row["Description"]) for row in self.wasf.rows("Task"))
        return Counter(token for text in texts for token in _TOKEN.findall(text))


def _text(chat: int, number: int) -> str:
    return f"said-{chat}-{number}{' poison' if number == POISONED else ''}"
