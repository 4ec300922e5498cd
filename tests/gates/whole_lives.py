"""Whole lives of customers: which messages must stand on whose record, whatever happens (rules I).

People write, are saved under a name, renamed, deleted from the phone again and share names and
records; some get a Contact after wasf made them a Lead; messages are edited and deleted. Their
chats come as exports (by number, by name, from a phone whose clock is on, in a time zone that is
corrected later), as a backup's JSON, through an API and as webhooks, in any order and with any
overlap. Links are wrong and corrected, runs and chats are undone and logged again, and the program
is killed.

The judge knows the world only, and nothing of keys, chats or joins: after every step nothing may
stand twice or on the record of somebody else, and at the end every message stands exactly once on
its person's record, in one of its versions, and `verify` finds nothing.
"""

import random
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.commands.world import QUARANTINE, Stage
from tests.core.builders import RULES
from tests.fakes import FALLBACK_KEY, UNIQUE_KEY, MemoryOrg
from tests.gates.parallel import Tally
from wasf.commands.sync import ImportOptions, SyncReport, sync
from wasf.commands.verify import verify
from wasf.core.chats import Direction, Message, MessageKind, Phone, SourceChat
from wasf.core.records import Contact, RecordId, Task
from wasf.errors import ExitCode, WrongUsage
from wasf.interfaces import AddressBookState, ChatReading

STEPS = 7
"""Of each life; then everything is settled and counted."""

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
TRUE_ZONE, MACHINE_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
NAMES = ("Ada Example", "Ben Beispiel", "Cleo Muster")
PHONES = tuple(Phone(f"+4477009001{number:02}") for number in range(20))
DELETED = "This message was deleted"
OFTEN = ("ok", "yes")
"""What is said often; everything else is said once."""


class Wrong(Exception):
    """Something is lost, doubled, or on the record of somebody else."""


@dataclass(slots=True)
class Said:
    """A message of a chat; `versions` are its texts so far, "" once it was deleted."""

    number: int
    at: datetime
    outgoing: bool
    versions: list[str]

    @property
    def can_change(self) -> bool:
        """Whether it is known by its text, whichever version shows."""
        return self.versions[0] not in OFTEN and self.versions[-1] != DELETED


@dataclass(slots=True)
class Talk:
    """What one number and we have said; `name` is the one it is saved under, "" if it is not.

    `later` is the Contact that somebody made of this person after wasf had made a Lead. `named` are
    the numbers of messages that came under the name alone.
    """

    phone: Phone
    record: RecordId | None
    right: RecordId | None
    name: str = ""
    later: RecordId | None = None
    said: list[Said] = field(default_factory=list)
    read_by_api: int = 0
    is_numbered: bool = False
    shown: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)

    @property
    def title(self) -> str:
        """What an export shows."""
        return self.name or f"{self.phone[:3]} {self.phone[3:7]} {self.phone[7:]}"


class _Source(NamedTuple):
    """One reading of one chat."""

    reading: Callable[[], ChatReading]
    kind: str = "export"

    def read(self) -> Iterator[ChatReading]:
        """See `Source`."""
        yield self.reading()


@dataclass(frozen=True)
class _Book:
    """The phone's address book; it has the names that people had before as well."""

    talks: Sequence[Talk]
    names: Mapping[Phone, str]

    def number_of(self, name: str) -> tuple[Phone | None, str]:
        """See `NumberBook`."""
        found = [talk.phone for talk in self.talks if name in (talk.name, self.names[talk.phone])]
        if len(found) == 1:
            return found[0], ""
        return None, "several people have this name" if found else ""


def _check_record(there: Counter[str], allowed: Counter[str]) -> None:
    """On a record may stand what its people and we have said, as often as that."""
    if strangers := set(there) - set(allowed):
        raise Wrong(f"on another person's record: {sorted(strangers)[:3]}")
    if more := there - allowed:
        raise Wrong(f"doubled: {dict(more)}")


def _check_versions(one: Said, there: Counter[str], may_be: int) -> None:
    """A message may stand in one of its versions only, as often as its first text was said."""
    times = sum(there[text] for text in set(one.versions) - {DELETED})
    if one.versions[0] not in OFTEN and times > may_be:
        raise Wrong(f"doubled: {one.versions}")


class Life:
    """One life: a world of a few talks, and wasf beside it."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.dice = random.Random(seed)
        self.minutes = 0
        self.count = 0
        self.steps: list[str] = []
        key_field = self.dice.choice([UNIQUE_KEY, FALLBACK_KEY])
        self.stage = Stage(folder, MemoryOrg(key_field), replace(RULES, zone=MACHINE_ZONE))
        self.org = self.stage.org
        self.decoy = self.org.add_contact("Somebody Else").id
        self.has_book = False
        self.is_wrong_zone = self.dice.random() < _WRONG_ZONE
        self.stage.policy = replace(self.stage.policy, zone=self.zone)
        self.new_since: int | None = None
        self.talks: list[Talk] = []
        self.names: dict[Phone, str] = {}
        for number in range(self.dice.choice([1, 2, 2, 3])):
            self.talks.append(self._talk(PHONES[number], NAMES[number]))
            self.say(self.talks[-1])

    def _talk(self, phone: Phone, name: str) -> Talk:
        """Return a new person; some share the name of the first one, some are the first one.

        Two people of one name are in the org, each with a number: a name alone says nothing then.
        """
        dice, record = self.dice, None
        if self.talks and dice.random() < _SAME_NAME:
            elder = self.talks[0]
            name = self._name_of(elder)
            contact = self._contact_of(elder, name)
            if dice.random() < _SAME_PERSON:
                record = contact.id
                self.org.contacts[record] = replace(contact, phones=(*contact.phones, phone))
            else:
                record = self.org.add_contact(name, phone).id
        elif dice.random() < _IN_THE_ORG:
            shown = name if dice.random() < _SAME_PERSON else f"Dr {name} (customer)"
            record = self.org.add_contact(shown, phone).id
        self.names[phone] = name
        return Talk(phone, record, record, name if dice.random() < _SAME_PERSON else "")

    def _contact_of(self, talk: Talk, name: str) -> Contact:
        """Return the Contact of a person, who has that name there."""
        if talk.right is None:
            talk.record = talk.right = self.org.add_contact(name, talk.phone).id
        self.org.contacts[talk.right] = replace(self.org.contacts[talk.right], name=name)
        return self.org.contacts[talk.right]

    def _name_of(self, talk: Talk) -> str:
        return self.names[talk.phone]

    # What people do

    def say(self, talk: Talk) -> None:
        """Some messages, some of them in one minute."""
        for _ in range(self.dice.randint(1, 5)):
            self.minutes += self.dice.choice([0, 0, 1, 3, 40, 700])
            text = self.dice.choice(OFTEN) if self.dice.random() < 0.15 else ""
            if text:
                self.minutes += 3
            self._add(talk, text or f"w{self.count} it is", outgoing=self.dice.random() < 0.4)
            if text:
                self.minutes += 3

    def _add(self, talk: Talk, text: str, *, outgoing: bool) -> None:
        at = START + timedelta(minutes=self.minutes, seconds=self.dice.randint(5, 40))
        talk.said.append(Said(self.count, at, outgoing, [text]))
        self.count += 1

    def say_to_all(self, _: Talk) -> None:
        """We tell everybody the same in one minute.

        Of several numbers of one person only the first, until each came with its number: what we
        sent may be all that a chat under the name shows of a time, and it would be in both.
        """
        self.minutes += 5
        text = f"b{self.count} to all of you"
        for talk in self.talks:
            same = [one for one in self.talks if talk.right and one.right == talk.right] or [talk]
            if talk in same[:1] or all(one.is_numbered for one in same):
                self._add(talk, text, outgoing=True)
        self.minutes += 5

    def change(self, talk: Talk) -> None:
        """Somebody edits or deletes a message that is alone in its minute.

        Also among those of another number of the same person: where a chat came under the name of
        both, nobody can tell which of the two a changed message was.
        """
        alone = Counter(
            (one.at.replace(second=0), one.outgoing)
            for other in self.talks
            if other is talk or (talk.right and other.right == talk.right)
            for one in other.said
        )
        able = [
            one
            for one in talk.said
            if one.can_change
            and alone[one.at.replace(second=0), one.outgoing] == 1
            and self._stays_told(one, talk)
        ]
        if able:
            one = self.dice.choice(able)
            is_deleted = self.dice.random() < 0.4
            one.versions.append(DELETED if is_deleted else f"{one.versions[0]} edited {self.count}")

    def _stays_told(self, one: Said, talk: Talk) -> bool:
        """Whether a chat can be known again if this message of it changes.

        Somebody has two numbers, and one chat came under the name alone: if all that it shows was
        changed since, nobody can tell which of the two it is.
        """
        changed = {other.number for other in talk.said if len(other.versions) > 1}
        is_one_of_two = sum(other.right == talk.right for other in self.talks) > 1
        return not (
            is_one_of_two and talk.right and talk.shown and talk.shown <= changed | {one.number}
        )

    def rename(self, talk: Talk) -> None:
        """Somebody is saved under a name, under another name, or not any more."""
        name = self._name_of(talk)
        talk.name = self.dice.choice(["", name, name, f"{name} {talk.phone[-2:]}"])

    # How it comes

    def messages(
        self, talk: Talk, said: Sequence[Said], *, ids: bool = False, shown: tzinfo | None = None
    ) -> list[Message]:
        """Return messages as a source shows them: exports by the minute of a wall clock."""
        found = []
        for one in said:
            kind = MessageKind.TEXT if len(one.versions) == 1 else MessageKind.EDITED
            kind = MessageKind.DELETED if one.versions[-1] == DELETED else kind
            at = one.at
            if shown is not None:
                wall = at.astimezone(TRUE_ZONE).replace(second=0, tzinfo=shown)
                at = wall.astimezone(UTC)
            direction = Direction.OUTGOING if one.outgoing else Direction.INCOMING
            author = "Sam Seller" if one.outgoing else talk.title
            native = f"id{one.number}" if ids else ""
            found.append(Message(at, direction, author, kind, one.versions[-1], None, native))
        return found

    def window(self, talk: Talk) -> list[Said]:
        """Return a part of a chat, cut between minutes."""
        said = talk.said
        if self.dice.random() < 0.5:
            return said
        first, last = sorted((self.dice.choice(said).at, self.dice.choice(said).at))
        first, last = first.replace(second=0), last.replace(second=59)
        ends = self.dice.choice([(first, said[-1].at), (said[0].at, last), (first, last)])
        return [one for one in said if ends[0] <= one.at <= ends[1]]

    @property
    def zone(self) -> tzinfo:
        """The zone in which exports are read now."""
        return MACHINE_ZONE if self.is_wrong_zone else TRUE_ZONE

    def export(self, talk: Talk, *, tells: bool | None = None, again: bool = False) -> SyncReport:
        """The phone's own export; `tells`: somebody names the number with it."""
        said = talk.said if again else self.window(talk)
        shift = timedelta(hours=self.dice.choice([1, 2, -5])) if self.dice.random() < 0.1 else None
        shift = None if again else shift
        is_told = self.dice.random() < 0.5 or len(talk.shown) < _TELLING
        # By that clock all has the times at which it was read before the zone was corrected: then
        # what came since may as well have been said once more, an hour later.
        is_told = is_told or (shift == _ZONES_APART and self.new_since is not None)
        if shift and not is_told:
            said = talk.said
        items = self.messages(talk, said, shown=self.zone)
        talk.shown |= {one.number for one in said if one.versions[0] not in OFTEN}
        if shift:
            items = [one._replace(sent_at=one.sent_at + shift) for one in items]
        tells = self.dice.random() < 0.5 if tells is None else tells
        tells = tells or talk.record == self.decoy  # a name would lead to the right one
        phone = talk.phone if tells or not talk.name else None
        if phone is None and self.has_book:
            phone, _ = _Book(self.talks, self.names).number_of(talk.name)
        if phone is None:
            talk.named |= {one.number for one in said}
        chat = SourceChat(
            source="export",
            origin=f"{talk.title}.txt",
            title=talk.title,
            name=talk.name,
            phone=phone,
        )
        options = ImportOptions(
            phone_is_given=bool(tells),
            again=again,
            zone_is_given=not self.is_wrong_zone,
            shift=-shift if shift and is_told else None,
        )
        return self.sync(chat, items, options, zone=self.zone)

    def backup(self, talk: Talk) -> SyncReport | None:
        """A phone's backup as JSON."""
        return self._with_ids(talk, "chat_exporter", f"{talk.phone[1:]}@s", self.window(talk))

    def api(self, talk: Talk) -> SyncReport | None:
        """A chat API: all of it, or what is new since it was asked last."""
        said = talk.said if self.dice.random() < 0.3 else talk.said[talk.read_by_api :]
        talk.read_by_api = len(talk.said)
        return self._with_ids(talk, "timelines", f"chat {talk.phone[-3:]}", said)

    def webhook(self, talk: Talk) -> SyncReport | None:
        """The newest messages, as they come."""
        return self._with_ids(talk, "cloud", talk.phone[1:], talk.said[-3:])

    def _with_ids(
        self, talk: Talk, kind: str, native_id: str, said: Sequence[Said]
    ) -> SyncReport | None:
        if self.is_wrong_zone and (len(said) < len(talk.said) or len(talk.shown) < _TELLING):
            return None  # too little to tell by how much the clock of the exports is on
        chat = SourceChat(
            source=kind,
            origin=kind,
            title=talk.title,
            name=talk.name,
            phone=talk.phone,
            native_id=native_id,
        )
        items = self.messages(talk, said, ids=True)
        talk.shown |= {one.number for one in said if one.versions[0] not in OFTEN}
        return self.sync(chat, items, ImportOptions(zone_is_given=not self.is_wrong_zone))

    def sync(
        self,
        chat: SourceChat,
        items: list[Message],
        options: ImportOptions,
        zone: tzinfo | None = None,
    ) -> SyncReport:
        """One run."""
        for talk in self.talks:
            talk.is_numbered |= talk.phone == chat.phone
        again = (lambda: iter(items)) if chat.source == "export" else None
        source = _Source(
            lambda: ChatReading(chat, iter(items), again=again, zone=zone), chat.source
        )
        self.stage.now += timedelta(minutes=1)
        book = (
            AddressBookState(_Book(self.talks, self.names)) if self.has_book else AddressBookState()
        )
        context = self.stage.context(address_book=lambda: book)
        if self.dice.random() < _KILLS:
            org, ledger = self.stage.brittle()
            killed = replace(context, org=org, ledger=ledger)
            steps = self.dice.randint(0, 25)
            if self.stage.crashes(steps, lambda: sync([source], killed, options)):
                self.org.land()
                self.stage.now += QUARANTINE * 2
                context = self.stage.context(address_book=lambda: book)
        return sync([source], context, options)

    # What a person does about it

    def give_book(self, _: Talk) -> None:
        """The address book is given from now on."""
        self.has_book = True
        self.sync_alone()

    def sync_alone(self, _: Talk | None = None) -> None:
        """A sync without a file."""
        book = (
            AddressBookState(_Book(self.talks, self.names)) if self.has_book else AddressBookState()
        )
        sync([], self.stage.context(address_book=lambda: book), ImportOptions())

    def correct_zone(self, _: Talk) -> None:
        """Somebody names the right zone."""
        if self.is_wrong_zone:
            self.is_wrong_zone = False
            self.new_since = self.count
            self.stage.policy = replace(self.stage.policy, zone=TRUE_ZONE)

    def link(self, talk: Talk) -> None:
        """Somebody links a chat to the wrong record, or to the right one again."""
        right = talk.right or self._lead_of(talk) or talk.later
        record = self.decoy if talk.record != self.decoy else right
        if record is None:
            return
        try:
            self.stage.link(talk.phone, record)
        except WrongUsage:
            return
        talk.record = record

    def make_contact(self, talk: Talk) -> None:
        """Somebody makes a Contact of a person who has a Lead: from then on both are theirs.

        What is known stays on the Lead (M10); what comes as another chat belongs to the Contact.
        """
        if talk.right is None and talk.later is None and self._lead_of(talk):
            talk.later = self.org.add_contact(self._name_of(talk), talk.phone).id

    def undo(self, talk: Talk) -> None:
        """Somebody undoes the last run, or one chat."""
        try:
            if self.dice.random() < 0.5:
                self.stage.undo()
            else:
                self.stage.undo_chat(talk.phone)
        except WrongUsage:
            return

    def log_again(self, talk: Talk) -> None:
        """Somebody logs again what was undone of a chat."""
        self.export(talk, tells=True, again=True)

    # What must hold

    def _lead_of(self, talk: Talk) -> RecordId | None:
        found = [one.id for one in self.org.leads.values() if talk.phone in one.phones]
        if len(found) > 1:
            raise Wrong(f"doubled: Leads of {talk.phone}")
        return found[0] if found else None

    def record_of(self, talk: Talk) -> RecordId | None:
        """Return where the messages of a talk have to stand, or on its later Contact."""
        return talk.record or self._lead_of(talk) or talk.later

    def _on_records(self) -> Iterator[tuple[RecordId | None, Task]]:
        """Yield all Tasks; those on a later Contact as if they were on the person's Lead."""
        leads = {talk.later: self._lead_of(talk) for talk in self.talks if talk.later}
        for task in self.org.tasks.values():
            yield leads.get(task.who_id) or task.who_id, task

    def check(self) -> None:
        """Nothing may stand twice, or on the record of somebody else."""
        there: dict[RecordId | None, Counter[str]] = {}
        for record, task in self._on_records():
            there.setdefault(record, Counter())[_read(task)[1]] += 1
        said = [
            (self._record_of_one(one, talk, there), one) for talk in self.talks for one in talk.said
        ]
        allowed: dict[RecordId | None, Counter[str]] = {}
        for record, one in said:
            allowed.setdefault(record, Counter()).update(dict.fromkeys(one.versions, 1))
        for record, texts in there.items():
            _check_record(texts, allowed.get(record, Counter()))
        firsts = Counter((record, one.versions[0]) for record, one in said)
        for record, one in said:
            may_be = firsts[record, one.versions[0]]
            _check_versions(one, there.get(record, Counter()), may_be)

    def _record_of_one(
        self, one: Said, talk: Talk, there: Mapping[RecordId | None, Counter[str]]
    ) -> RecordId | None:
        """Return where a message of a talk may stand.

        Of somebody with two numbers, one number may be linked elsewhere. What came under the name
        alone stays with the person then, as nobody can tell of which number it is: unless it
        stands where the number is linked to. It may stand in one of the two places only.
        """
        record = self.record_of(talk)
        is_one_of_two = talk.right and sum(some.right == talk.right for some in self.talks) > 1
        if not is_one_of_two or record == talk.right or one.number not in talk.named:
            return record
        texts = there.get(record, Counter())
        is_moved = any(
            texts[text] >= sum(text in other.versions for other in talk.said)
            for text in set(one.versions) - {DELETED}
        )
        return record if is_moved else talk.right

    def settle(self) -> None:
        """Put everything right, read everything once more, and count."""
        self.correct_zone(self.talks[0])
        self.stage.now += QUARANTINE * 2
        for talk in self.talks:
            if talk.right is not None and talk.record != talk.right:
                self.link(talk)
            if Counter(self.names.values())[self._name_of(talk)] > 1:
                talk.name = ""  # a name that two have needs not lead to the right one
            self.export(talk, tells=True, again=True)
            self.check()
        self.sync_alone()
        self.check()
        expected: Counter[RecordId | None] = Counter()
        for talk in self.talks:
            expected[self.record_of(talk)] += len(talk.said)
        there = Counter(record for record, _ in self._on_records())
        if lost := +(expected - there):
            raise Wrong(f"lost: {lost.total()} messages; {self._missing()}")
        if more := there - expected:
            raise Wrong(f"doubled: {more.total()} messages in all")
        self._check_times()
        self._check_second_run()

    def _missing(self) -> list[str]:
        there = {_read(task)[1] for task in self.org.tasks.values()}
        return [
            one.versions[-1]
            for talk in self.talks
            for one in talk.said
            if not there & set(one.versions)
        ][:5]

    def _check_times(self) -> None:
        """What came first after the zone was corrected has the right time; all else one of two."""
        when = {one.versions[0]: one for talk in self.talks for one in talk.said}
        for task in self.org.tasks.values():
            at, text = _read(task)
            one = when.get(text)
            if one is None or text in OFTEN:
                continue
            is_new = self.new_since is not None and one.number >= self.new_since
            wall = one.at.astimezone(TRUE_ZONE)
            right = {one.at.replace(second=0)}
            if not is_new:
                right.add(wall.replace(second=0, tzinfo=MACHINE_ZONE).astimezone(UTC))
            if at.replace(second=0) not in right:
                raise Wrong(f"at a wrong time: {text}: {at} for {one.at}")

    def _check_second_run(self) -> None:
        """The same again writes nothing, whichever way it comes (W3); `verify` finds nothing."""
        before = (dict(self.org.tasks), dict(self.org.leads))
        for talk in self.talks:
            self.export(talk, tells=True)
            self.backup(talk)
            self._with_ids(talk, "timelines", f"chat {talk.phone[-3:]}", talk.said)
            if not talk.name:
                self.export(talk, tells=False)
        if (dict(self.org.tasks), dict(self.org.leads)) != before:
            raise Wrong("doubled: the same again wrote something")
        records = Counter(self.record_of(talk) for talk in self.talks)
        if max(records.values()) > 1:
            return  # two numbers of one person: what was said to both in one minute is named (X3)
        report = verify(self.stage.context())
        if report.exit_code is not ExitCode.DONE:
            raise Wrong(f"verify finds {report.doubles or report.counts}")


_WRONG_ZONE, _KILLS, _SAME_NAME, _SAME_PERSON, _IN_THE_ORG = 0.25, 0.15, 0.3, 0.5, 0.7
_ZONES_APART = timedelta(hours=1)
_TELLING = 8  # messages that tell by which hours another clock is on
_WAYS: dict[Callable[[Life, Talk], object], int] = {
    Life.export: 8,
    Life.backup: 3,
    Life.api: 3,
    Life.webhook: 2,
    Life.say: 4,
    Life.say_to_all: 1,
    Life.change: 2,
    Life.rename: 4,
    Life.give_book: 1,
    Life.sync_alone: 1,
    Life.correct_zone: 1,
    Life.link: 2,
    Life.make_contact: 1,
    Life.undo: 1,
    Life.log_again: 1,
}
_HEAD = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) ([+-]\d\d:\d\d)")


def _read(task: Task) -> tuple[datetime, str]:
    """Return time and text of the one message in a Task."""
    head, _, text = task.description.partition("\n")
    found = _HEAD.match(head)
    assert found, head
    return datetime.fromisoformat(f"{found[1]}{found[2]}").astimezone(UTC), text


def live(seed: int) -> str:
    """Live one life; return what went wrong with its steps, "" if nothing did."""
    folder = Path(tempfile.mkdtemp(prefix="life-", dir=_MEMORY if _MEMORY.is_dir() else None))
    life = Life(seed, folder)
    try:
        for _ in range(STEPS):
            step = life.dice.choices(list(_WAYS), list(_WAYS.values()))[0]
            talk = life.dice.choice(life.talks)
            life.steps.append(f"{step.__name__} {life.talks.index(talk)}")
            step(life, talk)
            life.check()
        life.settle()
    except Wrong as wrong:
        return f"{wrong} ({', '.join(life.steps)})"
    finally:
        life.stage.close()
        shutil.rmtree(folder)
    return ""


_MEMORY = Path("/dev/shm")


def whole_lives(first: int, count: int) -> Tally:
    """So many lives from that seed on."""
    tally = Tally()
    for seed in range(first, first + count):
        if wrong := live(seed):
            tally.fail(("whole-lives", seed, 1), wrong)
        tally.counts["whole lives"] += 1
    return tally
