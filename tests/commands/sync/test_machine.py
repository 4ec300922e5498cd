"""Everything that can happen between two syncs, in any order; then one clean sync, and a count.

Messages arrive, are edited and deleted, and are exported in windows, Salesforce refuses or loses
what it is sent and archives what it has, the program ends anywhere, and people create, delete,
merge, convert and close records meanwhile. After that every message that any export showed is in
the org exactly once, as it was when it was shown first.
"""

import re
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.commands.world import ADA, BEN, QUARANTINE, Stage
from tests.core.builders import RULES
from tests.fakes import FALLBACK_KEY, UNIQUE_KEY, Loss, MemoryOrg
from tests.fakes_sources import START, Written, a_source_chat, says
from tests.folders import MEMORY
from tests.store.ledger.builders import states
from wasf.commands.sync.report import SyncReport
from wasf.console import sync_json
from wasf.core.chats import Direction, Message, MessageKind, Phone
from wasf.core.keys import keyed
from wasf.core.policy import GroupWrite, SameName
from wasf.core.records import RecordId, RecordType, Task
from wasf.errors import NotConnected, Unreachable
from wasf.interfaces import LeadDuplicate
from wasf.store.ledger import Ledger

PHONES = {"Ada Example": ADA, "Ada privat": ADA, "Ben Beispiel": BEN, "Cleo Muster": None}
ACCOUNTS = {"Ada privat": "Support"}
"""Ada writes to two accounts of ours: these are two chats of one person."""

CLEO = Phone("+33639980001")
LETTERS = dict(zip("vwxy", sorted(PHONES), strict=True))
TEXTS = {f"LONG {title}": letter * 33_000 for letter, title in LETTERS.items()}
"""Texts that are too long to stand in a report of what failed, under a name."""

NAMES = {text: name for name, text in TEXTS.items()}

chat_titles = st.sampled_from(sorted(PHONES))
some_chats = st.lists(chat_titles, min_size=1, max_size=3, unique=True)
new_messages = st.lists(
    st.tuples(
        st.sampled_from(["ok", "ok", "yes", "🌷\nand more", "LONG"]),
        st.sampled_from([0, 0, 1, 20, 70]),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
)
cuts = st.sampled_from([(0.0, 1.0), (0.0, 1.0), (0.5, 1.0), (0.0, 0.5), (0.2, 0.8)])
whenever = st.sampled_from([None, None, None, 0, 60, 200])


class Fault(NamedTuple):
    """What goes wrong in a run: reads, Leads or Tasks are lost, Tasks refused, a token ends."""

    of: str = "nothing"
    loss: Loss = Loss.NOT_SENT
    ends_the_run: bool = False


faults = st.one_of(
    st.just(Fault()),
    st.just(Fault("reads")),
    st.just(Fault("leads", Loss.LATE)),
    st.builds(Fault, st.just("leads"), st.sampled_from(list(Loss))),
    st.builds(Fault, st.just("tasks"), st.sampled_from(list(Loss)), st.booleans()),
    st.just(Fault("rows")),
    st.builds(Fault, st.just("token"), ends_the_run=st.booleans()),
)


class Line(NamedTuple):
    """A message as a person reads it in Salesforce."""

    person: str
    direction: str
    at: str
    text: str


class SyncMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="sync-machine-", dir=MEMORY))
        self.minutes = 0
        self.true: dict[str, list[Message]] = {title: [] for title in PHONES}
        self.shown: Counter[Line] = Counter()
        self.before: dict[tuple[str, Message], tuple[Message, ...]] = {}
        """What a message that was edited or deleted was before, in its chat."""

    @initialize(
        key_field=st.sampled_from([UNIQUE_KEY, FALLBACK_KEY]),
        frequency=st.sampled_from([None, None, timedelta(hours=1)]),
        group_write=st.sampled_from(GroupWrite),
        same_name=st.sampled_from(SameName),
    )
    def start(self, key_field, frequency, group_write, same_name):
        policy = {"zone": RULES.zone, "default_region": "DE", "frequency": frequency}
        policy["group_write"] = group_write
        policy["same_name"] = same_name
        self.stage = Stage(self.folder, MemoryOrg(key_field), type(RULES)(**policy))
        self.org = self.stage.org
        self.create_leads = True

    def teardown(self) -> None:
        try:
            if hasattr(self, "stage"):
                self.settle_everything()
        finally:
            if hasattr(self, "stage"):
                self.stage.close()
            shutil.rmtree(self.folder)

    # What happens in the world

    @rule(minutes=st.sampled_from([1, 10, 40, 180]))
    def time_passes(self, minutes):
        if minutes > 10:
            self.org.land()
        self.stage.now += timedelta(minutes=minutes)

    @rule(title=chat_titles, is_contact=st.booleans())
    def somebody_creates_a_record(self, title, is_contact):
        phones = [PHONES[title]] if PHONES[title] else []
        add = self.org.add_contact if is_contact else self.org.add_lead
        add(title, *phones)

    @precondition(lambda self: self.org.contacts or self.org.leads)
    @rule(data=st.data(), what=st.sampled_from(["delete", "merge", "convert", "close", "rename"]))
    def somebody_changes_a_record(self, data, what):
        self.org.land()
        people = [*self.org.contacts, *self.org.leads]
        record = data.draw(st.sampled_from(people), label="record")
        has_number = bool(self.phones_of(record))
        # Who merges a record without a number into one that has some says that both are one person
        # (I2): the chat of the name is that person's from then on. The truth here knows no such.
        same_type = [
            one
            for one in people
            if one[:3] == record[:3] and one != record and (has_number or not self.phones_of(one))
        ]
        lead = self.org.leads.get(record)
        match what:
            case "delete":
                self.org.delete(record)
            case "merge" if same_type and not (lead and lead.is_converted):
                winner = data.draw(st.sampled_from(same_type), label="winner")
                self.org.merge(record, winner)
            case "convert" if lead and not lead.is_converted:
                self.org.convert_lead(record)
            case "close" if lead and not lead.is_converted:
                self.org.edit_lead(record, status="Closed - Not Converted")
            case "rename" if lead:
                self.org.edit_lead(record, name="Renata Renamed")
            case "rename":
                contact = self.org.contacts[record]
                self.org.contacts[record] = replace(contact, name="Renata Renamed")

    @rule(data=st.data(), phone=st.sampled_from([ADA, BEN]), can_be_saved=st.booleans())
    def a_duplicate_rule_names_records(self, data, phone, can_be_saved):
        people = sorted([*self.org.contacts, *self.org.leads])
        chosen = data.draw(st.lists(st.sampled_from(people), max_size=2)) if people else []
        types = {"003": RecordType.CONTACT, "00Q": RecordType.LEAD}
        named = tuple((types[one[:3]], one) for one in chosen)
        self.org.duplicates[phone] = LeadDuplicate("Some_rule", named, can_be_saved)

    @rule()
    def the_duplicate_rules_are_switched_off(self):
        self.org.duplicates.clear()

    @precondition(lambda self: self.org.tasks or self.org.archived)
    @rule(data=st.data())
    def somebody_deletes_a_task(self, data):
        self.org.land()
        there = [*self.org.tasks, *self.org.archived]
        self.org.delete(data.draw(st.sampled_from(there), label="task"))

    @rule()
    def salesforce_archives_tasks(self):
        self.org.archive()

    @precondition(lambda self: any(self.changeable(title) for title in self.true))
    @rule(data=st.data(), is_deleted=st.booleans())
    def somebody_edits_or_deletes_a_message(self, data, is_deleted):
        places = [(title, place) for title in self.true for place in self.changeable(title)]
        title, place = data.draw(st.sampled_from(places), label="message")
        old = self.true[title][place]
        text = (
            "This message was deleted" if is_deleted else f"edited: {NAMES.get(old.text, old.text)}"
        )
        kind = MessageKind.DELETED if is_deleted else MessageKind.EDITED
        new = old._replace(text=text, kind=kind)
        self.true[title][place] = new
        self.before[title, new] = (*self.before.get((title, old), ()), old)

    def changeable(self, title: str) -> list[int]:
        """Messages that can be told although they change: no other of that side is as old.

        Where two are, an export that shows one of them changed says not which.
        """
        moments = Counter((m.sent_at, m.direction) for m in self.true[title])
        return [
            place
            for place, m in enumerate(self.true[title])
            if moments[m.sent_at, m.direction] == 1
            and m.kind is not MessageKind.DELETED
            and m.sent_at < START + timedelta(minutes=self.minutes)
        ]

    @rule()
    def somebody_toggles_auto_create(self):
        self.create_leads = not self.create_leads

    # What wasf does

    @rule(titles=some_chats, news=new_messages, cut=cuts, since=whenever, fault=faults)
    def sync(self, titles, news, cut, since, fault):
        self.messages_arrive(titles, news)
        found = self.exported(titles, *cut, since)
        expected = self.expected_to_read(found)
        self.go_wrong(fault)
        report = self.stage.sync(*found, **self.choices(since))
        self.org.heal()
        self.check_report(report)
        assert report.messages.read == expected

    @rule(
        titles=some_chats,
        news=new_messages,
        steps=st.integers(0, 30),
        tasks_are_late=st.booleans(),
    )
    def the_program_ends_in_a_sync(self, titles, news, steps, tasks_are_late):
        self.messages_arrive(titles, news)
        found = [self.written(title, self.true[title]) for title in titles]
        if tasks_are_late:
            self.go_wrong(Fault("tasks", Loss.LATE))
        self.stage.crash(steps, *found, **self.choices())
        self.org.heal()
        # What the crash undid was shown to nobody: it must not be in the org.
        for title in titles:
            keys = self.keys_of(title, self.true[title])
            in_ledger = states(self.stage.ledger, [key for key, _ in keys])
            known = [m for (_, m), state in zip(keys, in_ledger, strict=True) if state != "new"]
            self.shown |= self.lines(title, known)

    @rule(titles=some_chats, news=new_messages)
    def dry_run_then_sync(self, titles, news):
        self.messages_arrive(titles, news)
        self.org.land()
        found = [self.written(title, self.true[title]) for title in titles]
        before = self.everything()
        predicted = self.stage.dry_run(*found, **self.choices())
        assert self.everything() == before
        self.check_report(predicted)
        can_predict = self.intents_can_be_sent() and not self.org.duplicates
        self.note_shown(titles)
        report = self.stage.sync(*found, **self.choices())
        self.check_report(report)
        if can_predict:
            assert figures(report) == figures(predicted)
        if self.org.key_field.is_unique:
            self.check_second_run(found)

    def check_second_run(self, found: list[Written]) -> None:
        """W3: the same sync again writes nothing."""
        before = (dict(self.org.tasks), dict(self.org.leads))
        again = self.stage.sync(*found, **self.choices())
        assert (dict(self.org.tasks), dict(self.org.leads)) == before
        assert (again.messages.logged, again.tasks_created, again.leads_created) == (0, 0, 0)

    # What must hold

    @invariant()
    def nothing_is_in_the_org_twice(self):
        if not hasattr(self, "stage"):
            return
        keys = Counter(task.key for task in self.stored())
        assert all(count == 1 for count in keys.values()), "a Task was written twice"
        logged = lines_in(self.stored())
        assert logged <= self.shown, "something was logged that no export showed, or twice"

    @invariant()
    def one_lead_for_one_number(self):
        if not hasattr(self, "stage"):
            return
        ours = Counter(
            phone
            for lead in self.org.leads.values()
            if lead.id in self.org.created_leads and not lead.is_converted
            for phone in lead.phones
        )
        assert all(count == 1 for count in ours.values()), "two Leads for one number"

    def settle_everything(self) -> None:
        """The world calms down; then one sync logs all that is left."""
        self.org.heal()
        self.org.land()
        self.stage.now += QUARANTINE + timedelta(days=2)
        self.create_leads = True
        self.org.duplicates.clear()
        self.stage.policy = replace(self.stage.policy, same_name=SameName.LEAD)
        report = self.stage.sync(**self.choices(), flush=True)
        self.check_report(report)
        waits = {chat.title for chat in report.chats if chat.counts.waiting}
        assert waits <= {"Cleo Muster"}
        if waits:
            # Nobody has her name, or several do: somebody has to say her number.
            told = Written(a_source_chat("Cleo Muster", phone=CLEO), [])
            report = self.stage.sync(told, **self.choices(), phone_is_given=True, flush=True)
            self.check_report(report)
        assert not report.messages.waiting
        assert not self.stage.ledger.intents()
        assert lines_in(self.stored()) == self.shown
        self.nothing_is_in_the_org_twice()
        self.one_lead_for_one_number()
        self.check_second_run([])

    # How it is told

    def messages_arrive(self, titles, news) -> None:
        for text, gap, outgoing in news:
            self.minutes += gap
            for title in titles:
                author = "Sam Seller" if outgoing else title
                # Two chats that say the same at the same times are one under a new title; what is
                # too short to tell chats by may be the same.
                said = text if len(text) < 4 else f"{text} {title}"
                message = says(
                    TEXTS.get(said, said), self.minutes, author=author, outgoing=outgoing
                )
                self.true[title].append(message)

    def go_wrong(self, fault: Fault) -> None:
        error = Unreachable("Salesforce did not answer.")
        match fault.of:
            case "reads":
                self.org.fail_reads(error)
            case "leads":
                self.org.fail_leads(fault.loss, error)
            case "tasks":
                ends = error if fault.ends_the_run else None
                self.org.fail_batch(self.org.next_batch, fault.loss, ends)
            case "token":
                gone = NotConnected("The sign-in has ended.", "wasf connect")
                if fault.ends_the_run:
                    self.org.fail_batch(self.org.next_batch, Loss.NOT_SENT, gone)
                else:
                    self.org.fail_reads(gone)
            case "rows":
                self.org.refuse_next_tasks(2, "FIELD_CUSTOM_VALIDATION_EXCEPTION")

    def choices(self, since: int | None = None) -> dict[str, object]:
        at = None if since is None else START + timedelta(minutes=since)
        # Windows that have no line in common can be of one chat: here they are.
        sure = {"accept": True, "shift": timedelta(0)}
        return {"create_leads": self.create_leads, "since": at, **sure}

    def exported(self, titles, start: float, end: float, since: int | None) -> list[Written]:
        found = []
        for title in titles:
            chat = self.true[title]
            # Cut anywhere, within a minute too, as WhatsApp does.
            window = chat[int(start * len(chat)) : int(end * len(chat))]
            found.append(self.written(title, window))
            self.shown |= self.lines(title, since_minute(window, since))
        return found

    def written(self, title: str, window: list[Message]) -> Written:
        account = ACCOUNTS.get(title, "Sales")
        chat = a_source_chat(title, phone=PHONES[title], whatsapp_account=account)
        return Written(chat, list(window))

    def note_shown(self, titles) -> None:
        for title in titles:
            self.shown |= self.lines(title, self.true[title])

    def lines(self, title: str, messages: list[Message]) -> Counter[Line]:
        """As they are to stand in the org: as they were when they were shown first."""
        return Counter(self.line(title, self.first_shown(title, m)) for m in messages)

    def first_shown(self, title: str, message: Message) -> Message:
        versions = (*self.before.get((title, message), ()), message)
        return next((m for m in versions if self.shown[self.line(title, m)]), message)

    def line(self, title: str, m: Message) -> Line:
        at = f"{m.sent_at:%Y-%m-%d %H:%M}"
        return Line(title, m.direction, at, NAMES.get(m.text, m.text))

    def keys_of(self, title: str, window: list[Message]):
        """The keys that these messages have, if the ledger knows their chat."""
        ids = [k.chat.id for k in self.stage.ledger.chats() if k.chat.title == title]
        known = [self.first_shown(title, m) for m in window]
        with Ledger.scratch(self.folder / "none") as scratch, scratch.transaction():
            return [
                pair
                for chat_id in ids
                for batch in keyed(chat_id, known, scratch.count_earlier)
                for pair in batch.rows()
            ]

    def expected_to_read(self, found: list[Written]) -> int:
        """What waits, and what the exports show besides."""
        total = 0
        by_title = {one.chat.title: one for one in found}
        for known in self.stage.ledger.chats():
            one = by_title.pop(known.chat.title, None)
            keys = self.keys_of(known.chat.title, list(one.items)) if one else []
            in_ledger = states(self.stage.ledger, [key for key, _ in keys])
            waiting_in_file = sum(state in ("queued", "intended") for state in in_ledger)
            total += known.queued + len(keys) - waiting_in_file
        return total + sum(len(one.items) for one in by_title.values())

    def stored(self) -> list[Task]:
        return [*self.org.tasks.values(), *self.org.archived.values(), *self.org.binned.values()]

    def phones_of(self, record: RecordId) -> tuple[Phone, ...]:
        return (self.org.contacts.get(record) or self.org.leads[record]).phones

    def intents_can_be_sent(self) -> bool:
        intents = self.stage.ledger.intents()
        return all(self.is_writable(intent.task.who_id) for intent in intents)

    def is_writable(self, record: RecordId) -> bool:
        lead = self.org.leads.get(record)
        return record in self.org.contacts or bool(lead and not lead.is_converted)

    def everything(self) -> object:
        """All that a dry run must leave as it is: in Salesforce and on this machine."""
        files = sorted(self.folder.rglob("*"))
        on_disk = [
            (path.name, path.read_bytes())
            for path in files
            if path.is_file() and not path.name.endswith("-shm")
        ]
        org = self.org
        return (
            dict(org.tasks),
            dict(org.archived),
            dict(org.leads),
            dict(org.contacts),
            list(org.files),
            on_disk,
        )

    def check_report(self, report: SyncReport) -> None:
        counts = report.messages
        assert (
            counts.read == counts.logged + counts.already_logged + counts.waiting + counts.skipped
        )
        for chat in report.chats:
            assert min(chat.counts.logged, chat.counts.waiting, chat.counts.skipped) >= 0
            if chat.counts.waiting:
                assert chat.reason
                assert chat.hint
        value = sync_json(report)
        assert sum(chat["messages"] for chat in value["chats"]) == value["messages"]["read"]
        if not report.dry_run:
            assert counts.waiting == sum(k.queued for k in self.stage.ledger.chats())


def since_minute(window: list[Message], since: int | None) -> list[Message]:
    if since is None:
        return window
    return [m for m in window if m.sent_at >= START + timedelta(minutes=since)]


def figures(report: SyncReport) -> object:
    return (
        report.messages,
        (report.tasks_created, report.leads_created, report.leads_reopened, report.refused),
        [(chat.title, chat.counts, chat.state, chat.tasks, chat.reason) for chat in report.chats],
    )


_SUBJECT = re.compile(
    r"WhatsApp (?:[\d:]+ (?:from|to) (.+?): .*"
    r"|chat with (.+?) \(\d+ messages, [^()]+\)(?: \(part .*)?)"
)
INDENT = " \N{NO-BREAK SPACE} "
_HEADER = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d) ([+-]\d\d:\d\d) · (.+)")


def lines_in(tasks: list[Task]) -> Counter[Line]:
    """The messages that a person would read in these Tasks."""
    found: Counter[Line] = Counter()
    pieces: Counter[Line] = Counter()
    for task in tasks:
        subject = _SUBJECT.fullmatch(task.subject)
        assert subject, task.subject
        for block in task.description.split("\n\n"):
            header, _, body = block.partition("\n")
            body = re.sub(f"^{INDENT}", "", body, flags=re.MULTILINE)
            time, offset, author = _HEADER.fullmatch(header).groups()
            at = datetime.fromisoformat(f"{time}{offset}").astimezone(UTC)
            author, is_continued, _ = author.partition(" (continued)")
            direction = Direction.OUTGOING if author == "Sam Seller" else Direction.INCOMING
            line = Line(subject[1] or subject[2], direction, f"{at:%Y-%m-%d %H:%M}", body)
            if body[0] * len(body) == body and body[0] in LETTERS:
                pieces[line._replace(text=f"LONG {LETTERS[body[0]]}")] += len(body)
            else:
                assert not is_continued
                found[line] += 1
    for line, length in pieces.items():
        found[line] += length // len(TEXTS[line.text])
    return +found


SMALL = settings(
    max_examples=15,  # and many in the gates
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_whatever_happens_every_message_is_logged_exactly_once():
    run_state_machine_as_test(SyncMachine, settings=SMALL)
