"""A place to run a sync: a real ledger in a folder, an org in memory, a clock that is set."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

from tests.core.builders import RULES
from tests.fakes import MemoryOrg
from tests.fakes_jobs import MemoryJobs, MemoryRows
from tests.fakes_sources import START, MemorySource, Written
from wasf.commands.link import Linked, link
from wasf.commands.privacy import Forgotten, forget
from wasf.commands.sync import ChatReport, ImportOptions, SyncContext, SyncReport, dry_run_org, sync
from wasf.commands.undo import UndoReport, undo, undo_chat
from wasf.core.chats import Attachment, Phone
from wasf.core.policy import SyncPolicy
from wasf.core.records import Contact, RecordId, Task
from wasf.errors import MissingFile
from wasf.interfaces import KeyField, Org, TaskChanged, TaskOutcome, Unreadable
from wasf.store.ledger import Ledger
from wasf.store.ledger.bulk_jobs import BulkJobs
from wasf.store.ledger.chat_search import Approvals
from wasf.store.ledger.facts import Facts
from wasf.store.ledger.joins import Joins
from wasf.store.ledger.last_messages import AnswerTasks, ReportedRecords
from wasf.store.ledger.logged_tasks import Doubles, GrowingTasks, Moves

QUARANTINE = timedelta(minutes=30)
ADA = Phone("+491713920012")
BEN = Phone("+447700900123")


class Crash(BaseException):
    """The program ended here, as by a power cut."""


class Fuse:
    """Burns down with every step that could be the last; blows when it is told to."""

    def __init__(self) -> None:
        self.left: int | None = None

    def burn(self) -> None:
        if self.left is None:
            return
        if self.left == 0:
            self.left = None
            raise Crash
        self.left -= 1


_PARTS = (
    Facts
    | Approvals
    | Moves
    | Joins
    | Doubles
    | GrowingTasks
    | ReportedRecords
    | AnswerTasks
    | BulkJobs
    | MemoryJobs
    | MemoryRows
)
_CHANGING = frozenset(
    {"begin_run", "decide", "drop", "enqueue", "file_done", "finish_run", "link", "record_intent"}
    | {"record_lead_intent", "resolve", "resolve_lead", "save_chat", "save_chat_profile", "wait"}
    | {"record_upload", "resolve_upload", "lead_written", "restore_undone"}
    | {"mark_undone", "mark_lead_undone"}
    | {"begin_move", "end_moves", "record_move_intent", "resolve_moves", "redirect_intents"}
    | {"place_intents"}
    | {"save_key_field", "use_key_field", "save_api_usage", "save_last_synced"}
    | {"save_begun_undo", "save_source_facts"}
    | {"create_leads", "create_leads_with_tasks", "change_leads"}
    | {"attach_file", "delete_tasks", "delete_lead"}
    | {"save_left", "mark_due", "save_written", "resolve", "forget_records", "turn"}
    | {"save_in_doubt", "write_fields"}
    | {"save_org_facts", "save_known_people", "forget_org"}
    | {"look_at_changed", "save_closed", "set_task_status"}
    | {"forget", "rewrite_file"}
    | {"move_tasks", "add_alias", "join", "known_by_text", "mark_removed"}
    | {"plan", "created", "uploaded", "asked", "end"}
    | {"create", "upload", "close", "abort", "status"}
)
_KINDS = (*get_args(_PARTS), MemoryOrg, Ledger)
assert all(any(hasattr(kind, name) for kind in _KINDS) for name in _CHANGING)


class Brittle:
    """An org or a ledger; the program can end before and after whatever changes something."""

    def __init__(
        self,
        wrapped: Org | Ledger | _PARTS,
        fuse: Fuse,
    ) -> None:
        self._wrapped = wrapped
        self._fuse = fuse

    def __getattr__(self, name: str) -> object:
        attribute = getattr(self._wrapped, name)
        if isinstance(attribute, _PARTS):
            return Brittle(attribute, self._fuse)
        return self._brittle(attribute) if name in _CHANGING else attribute

    def rows(self, key_field: KeyField) -> "Brittle":
        """The rows of a job, of which the upload can be the end."""
        assert isinstance(self._wrapped, MemoryJobs)
        return Brittle(self._wrapped.rows(key_field), self._fuse)

    def following(self) -> "Brittle":
        """The rows of the next job."""
        assert isinstance(self._wrapped, MemoryRows)
        return Brittle(self._wrapped.following(), self._fuse)

    def _brittle(self, method: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **named: object) -> object:
            self._fuse.burn()
            answer = method(*args, **named)
            self._fuse.burn()
            return answer

        return call

    def log_tasks(
        self,
        batches: Iterable[Sequence[Task]],
        key_field: KeyField,
        size: int = 0,
        *,
        probe: bool = False,
    ) -> Iterator[Sequence[TaskOutcome]]:
        """As the org does; a batch that is in flight at the end may arrive later."""
        org = self._wrapped
        assert isinstance(org, MemoryOrg)
        for outcomes in org.log_tasks(self._in_flight(batches, org), key_field, size, probe=probe):
            self._fuse.burn()
            yield outcomes

    def grow_tasks(
        self, tasks: Iterable[Task], key_field: KeyField
    ) -> Iterator[TaskOutcome | TaskChanged]:
        """As the org does; a request that is in flight at the end may arrive later."""
        org = self._wrapped
        assert isinstance(org, MemoryOrg)
        one_by_one = (one for [one] in self._in_flight(([task] for task in tasks), org))
        for outcome in org.grow_tasks(one_by_one, key_field):
            self._fuse.burn()
            yield outcome

    def _in_flight(
        self, batches: Iterable[Sequence[Task]], org: MemoryOrg
    ) -> Iterator[Sequence[Task]]:
        for batch in batches:
            try:
                self._fuse.burn()
            except Crash:
                org.send_late(*batch)
                raise
            yield batch


def a_context(
    ledger: Ledger, org: Org | None = None, policy: SyncPolicy = RULES, **facts: Any
) -> SyncContext:
    """What a run works with; its clock stands still and no file is there."""
    usual = {"clock": lambda: START, "check_stop": lambda: None, "read_file": _missing}
    usual |= {"pause": lambda seconds: None}
    return SyncContext(
        org or MemoryOrg(), ledger, policy, **usual | {"quarantine": QUARANTINE} | facts
    )


def _missing(attachment: Attachment) -> bytes:
    raise MissingFile(f"{attachment.archive} is gone.")


@cache
def _empty_ledger() -> bytes:
    """Return a new ledger: to make one takes longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite3"
        Ledger.open(path).close()
        return path.read_bytes()


class Stage:
    """Runs syncs one after the other over the same org and the same ledger file."""

    def __init__(
        self, folder: Path, org: MemoryOrg | None = None, policy: SyncPolicy = RULES
    ) -> None:
        self.org = org or MemoryOrg()
        self.policy = policy
        self.now = START + timedelta(days=1)
        self.files: dict[str, bytes] = {}
        self.fuse = Fuse()
        self.path = folder / "org" / "ledger.sqlite3"
        if not self.path.exists():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.write_bytes(_empty_ledger())
        self.ledger = Ledger.open(self.path)

    def close(self) -> None:
        self.ledger.close()

    def reopen(self) -> None:
        """Start the program again."""
        self.ledger.close()
        self.ledger = Ledger.open(self.path)

    def sync(self, *found: Written | Unreadable, **choices) -> SyncReport:
        """One run. `policy` is changed by `**choices`, besides those of the import."""
        return self._run(self.org, self.ledger, found, choices)

    def crash(self, steps: int, *found: Written | Unreadable, **choices) -> bool:
        """A run that ends after so many steps, unless it is over before; says which."""
        org, ledger = self.brittle()
        return self.crashes(steps, lambda: self._run(org, ledger, found, choices))

    def brittle(self) -> tuple[Brittle, Brittle]:
        """The org and the ledger; the program can end around every change (`crashes`)."""
        return Brittle(self.org, self.fuse), Brittle(self.ledger, self.fuse)

    def dry_run(self, *found: Written | Unreadable, **choices) -> SyncReport:
        """What the next run would do."""
        with Ledger.scratch(self.path) as scratch:
            org = dry_run_org(self.org)
            return self._run(org, scratch, found, choices | {"dry_run": True})

    def undo(self, word: str = "") -> UndoReport:
        """Undo a run."""
        return undo(word, self.context())

    def undo_chat(self, chat: str, run: str = "") -> UndoReport:
        """Undo one chat."""
        return undo_chat(chat, run, self.context())

    def crash_undo_chat(self, steps: int, chat: str) -> bool:
        """An undo of a chat that ends after so many steps, unless it is over before."""
        context = self.context(*self.brittle())
        return self.crashes(steps, lambda: undo_chat(chat, "", context))

    def crash_undo(self, steps: int, word: str = "") -> bool:
        """An undo that ends after so many steps, unless it is over before; says which."""
        context = self.context(*self.brittle())
        return self.crashes(steps, lambda: undo(word, context))

    def link(self, word: str, record: RecordId, *, move: bool = True) -> Linked:
        """Link a chat to a record."""
        return link(word, record, self.context(), lambda _: move)

    def crash_link(self, steps: int, word: str, record: RecordId) -> bool:
        """A link with its move that ends after so many steps, unless it is over before."""
        context = self.context(*self.brittle())
        return self.crashes(steps, lambda: link(word, record, context, lambda _: True))

    def forget(self, phone: Phone) -> Forgotten:
        """Forget a person."""
        return forget(phone, self.context())

    def crash_forget(self, steps: int, phone: Phone) -> bool:
        """A forget that ends after so many steps, unless it is over before; says which."""
        context = self.context(*self.brittle())
        return self.crashes(steps, lambda: forget(phone, context))

    def crashes(self, steps: int, work: Callable[[], object]) -> bool:
        """Do work that ends after so many steps, unless it is over before; say which."""
        self.fuse.left = steps
        try:
            work()
        except Crash:
            self.reopen()
            return True
        finally:
            self.fuse.left = None
        return False

    def _run(
        self, org: Org, ledger: Ledger, found: Sequence[Written | Unreadable], choices: dict
    ) -> SyncReport:
        names = ("since", "phone_is_given", "accept", "shift", "again")
        options = ImportOptions(**{name: choices.pop(name) for name in names if name in choices})
        given = ("check_stop", "dry_run", "memory", "has_shared_ledger", "pause", "progress")
        facts = {name: choices.pop(name) for name in given if name in choices}
        context = self.context(org, ledger, replace(self.policy, **choices), **facts)
        sources = [MemorySource(tuple(found))] if found else []
        return sync(sources, context, options)

    def context(
        self, org: Org | None = None, ledger: Ledger | None = None, policy=None, **facts
    ) -> SyncContext:
        """What a run works with here."""
        usual = {"clock": lambda: self.now, "read_file": self.read_file}
        org, ledger = org or self.org, ledger or self.ledger
        return a_context(ledger, org, policy or self.policy, **usual | facts)

    def read_file(self, attachment: Attachment) -> bytes:
        return (
            self.files[attachment.member]
            if attachment.member in self.files
            else _missing(attachment)
        )

    # What is there now

    def texts(self, record_id: RecordId | None = None) -> list[str]:
        """The message texts of the org's Tasks, in the order they were logged."""
        return [
            task.description.partition("\n")[2]
            for task in self.org.tasks.values()
            if record_id in (None, task.who_id)
        ]

    def waiting(self) -> dict[str, int]:
        """How many messages of each chat are in the queue."""
        return {k.chat.title: k.queued for k in self.ledger.chats() if k.queued}

    def ada(self) -> Contact:
        """The Contact to whom Ada's chat belongs."""
        return self.org.add_contact("Ada Example", ADA)


def only_chat(report: SyncReport) -> ChatReport:
    [chat] = report.chats
    return chat
