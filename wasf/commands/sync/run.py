"""What the steps of a sync share: what they work with, and the result that they fill."""

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from wasf.core.alignment import Alignment
from wasf.core.auth import UserId
from wasf.core.chats import Attachment, Chat, ChatId, Message, NotUnderstood
from wasf.core.coverage import ChatProfile, CoverageRange, with_span
from wasf.core.fields import FieldValues
from wasf.core.keys import KeyedBatch, minute_at
from wasf.core.policy import Groups, SyncPolicy
from wasf.core.records import KnownChat, MessageKey, RecordId, TaskKey
from wasf.core.refusals import RecordRefusal
from wasf.core.source_state import KnownApis
from wasf.errors import ExportMisfit, NotConnected
from wasf.interfaces import AddressBookState, FileState, NoProgress, Org, Progress, Unreadable
from wasf.store.ledger import Ledger, RunId
from wasf.values import dataclass

if TYPE_CHECKING:  # heavy: loaded where something is planned
    from wasf.core.plan import Target

ReadFile = Callable[[Attachment], bytes]
"""Returns an attached file's bytes.

Raise `MissingFile` if the file is gone, `FileHeldBack` if it cannot be had now, and
`UnreadableFile` if it cannot be read safely.
"""


class OrgMemory(NamedTuple):
    """What of the org is not asked again for a time (see `known_people`).

    `mark` stands for the settings, the version and the user that it was learned with. `is_used`:
    this run may do without asking; else it asks, and remembers the answers.
    """

    mark: str
    is_used: bool


@dataclass(frozen=True, slots=True)
class SyncContext:
    """What a run works with: adapters, policy and clock. Its sister commands use the same.

    `clock` tells the time (UTC). `check_stop` raises if the run is to end. `quarantine` is how long
    a request with an unknown outcome may still arrive where keys are not unique. In a dry run `org`
    and `ledger` are stand-ins that keep nothing. `address_book` reads the address book of today.
    `chat_apis` are those that wasf knows: the report has what they said of themselves. `run` is
    the id of the run; None: the ledger gives it one. `not_connected` is set in a dry run without a
    sign-in: files are read, `ledger` is empty, and `org` cannot be asked (W4). `has_shared_ledger`:
    other machines use it, so that without a unique key field nothing is written. `memory` is for
    the listener; None: everything is asked, and nothing of it remembered. `pause` waits for so many
    seconds.
    """

    org: Org
    ledger: Ledger
    policy: SyncPolicy
    clock: Callable[[], datetime]
    check_stop: Callable[[], None]
    read_file: ReadFile
    quarantine: timedelta
    dry_run: bool = False
    chat_apis: KnownApis = field(default_factory=dict)
    progress: Progress = field(default_factory=NoProgress)
    run: RunId | None = None
    address_book: Callable[[], AddressBookState] = AddressBookState
    not_connected: NotConnected | None = None
    has_shared_ledger: bool = False
    memory: OrgMemory | None = None
    pause: Callable[[float], None] = time.sleep

    def begin_change(self, what: str, total: int) -> None:
        """Show a step that changes something in Salesforce; a dry run has none."""
        if not self.dry_run:
            self.progress.step(what, total)

    def has_many_queued(self, chats: Iterable[ChatId]) -> bool:
        """Whether so many messages of these chats are queued that they may go in bulk jobs."""
        most = self.policy.bulk_from
        if most is None:
            return False
        return sum(known.queued for known in self.ledger.search.of_ids(chats)) >= most


class Reason(NamedTuple):
    """Why a chat waits or is skipped, and what to do about it."""

    reason: str
    hint: str = "tried again at the next sync"


@dataclasses.dataclass(slots=True)
class SyncResult:
    """What a run has done so far. The steps add to it, and the report is made from it.

    It is mutable, because it has to tell the truth also about a run that ends in the middle.
    `waits` and `skips` say why chats wait or are skipped, `doubts` why a chat has no number though
    something was found, `dropped` counts the messages of skipped chats that were taken out of the
    queue, `repeated` those of which a chat that was joined had another, and `known_again` those of
    them that had been sent before. `refusals` are the last ones of Tasks and Leads, `stopped` is
    the refusal after which no further Task was sent. `refused_tasks` are not sent again in this
    run. After some ends of a bulk job there are `no_more_jobs`; `was_aborted`: a person ended it.
    `without_access` counts the Tasks of users who may not own them. `targets` are the records
    on which chats are logged, `tasks` counts the Tasks that were created for each chat.
    `unreadable` is what was needed and could not be read. `fields` and `lead_fields` are the
    further fields of the first Task, and of the new Lead, of each chat (F1). `again` are the
    chats of which undone messages are logged again. `together` are messages of Tasks that an
    earlier run was going to send with a new Lead: those with the same mark go into one Task, as
    they did then.
    """

    leads_created: int = 0
    leads_reopened: int = 0
    files_uploaded: int = 0
    refused: int = 0
    waits: dict[ChatId, Reason] = field(default_factory=dict)
    refusals: dict[ChatId, RecordRefusal] = field(default_factory=dict)
    skips: dict[ChatId, Reason] = field(default_factory=dict)
    doubts: dict[ChatId, str] = field(default_factory=dict)
    stopped: RecordRefusal | None = None
    refused_tasks: set[TaskKey] = field(default_factory=set)
    no_more_jobs: bool = False
    was_aborted: bool = False
    unreadable: list[Unreadable] = field(default_factory=list)
    dropped: Counter[ChatId] = field(default_factory=Counter)
    repeated: Counter[ChatId] = field(default_factory=Counter)
    known_again: Counter[ChatId] = field(default_factory=Counter)
    fields: dict[ChatId, FieldValues] = field(default_factory=dict)
    lead_fields: dict[ChatId, FieldValues] = field(default_factory=dict)
    without_access: Counter[UserId] = field(default_factory=Counter)
    targets: "dict[ChatId, Target]" = field(default_factory=dict)
    tasks: Counter[ChatId] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    again: set[ChatId] = field(default_factory=set)
    together: dict[ChatId, dict[MessageKey, RecordId]] = field(default_factory=dict)


BOOK_IS_MISSING = Reason(
    "its number is looked up in the address book, which cannot be read now",
    "say where the address book is: wasf config set contacts FILE; "
    "or sync without it: wasf config unset contacts",
)


def owner_emails(chats: Iterable[KnownChat]) -> frozenset[str]:
    """Return the e-mails by which the owners of chats are found (O1, O2)."""
    emails = (email for one in chats for email in (one.chat.owner_email, one.chat.account_email))
    return frozenset(filter(None, emails))


def reads_groups(context: SyncContext) -> bool:
    """Whether messages of groups are wanted: by the setting, or as one is linked (R3)."""
    if context.policy.groups is not Groups.SKIP:
        return True
    return any(known.chat.is_group for known in context.ledger.search.related())


def skip_chat(chat_id: ChatId, reason: Reason, ledger: Ledger, result: SyncResult) -> None:
    """Note why a chat is skipped, and take what waits of it out of the queue."""
    keys = [arrival.key for arrival in ledger.queued(chat_id)]
    ledger.drop(keys)
    result.skips[chat_id] = reason
    result.dropped[chat_id] += len(keys)


# --- The import ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a person chose for the import of this run.

    Messages older than `since` (UTC) are left out. `phone_is_given` says that `--phone` named the
    chat's number, `sides_are_given` that somebody named our side. `shift` is how far all times of
    the exports are moved; None: find out. `accept` takes exports that do not fit what is known of
    their chats. `again` takes messages that were undone. `zone_is_given` says that somebody named
    the time zone of exports, so that it is not this machine's own.
    """

    since: datetime | None = None
    phone_is_given: bool = False
    sides_are_given: bool = False
    shift: timedelta | None = None
    accept: bool = False
    again: bool = False
    zone_is_given: bool = False


@dataclass(frozen=True, slots=True)
class ImportedChat:
    """What became of one chat that was read.

    `messages` is the sum of `already_logged`, `queued` (those that waited already included) and
    `skipped`; `reason` and `hint` say why messages were skipped. `lines` are the first lines that
    were not understood, `unread_lines` counts them all. `changed` counts messages that are known
    although they have changed, `shifts` are the minutes by which times were moved to know messages
    again. `at_old_times` counts messages that keep the times of `old_zone`, as the time zone was
    corrected since (I6). `misfit` says why nothing was taken of an export that does not fit its
    chat. `doubt` is the one of `SourceChat`. `chat_id` is None where the whole chat was left out.
    `file` is the one of `ChatReading`.
    """

    origin: str
    title: str
    chat_id: ChatId | None
    messages: int = 0
    already_logged: int = 0
    queued: int = 0
    skipped: int = 0
    notices: int = 0
    reason: str = ""
    hint: str = ""
    lines: tuple[NotUnderstood, ...] = ()
    unread_lines: int = 0
    doubt: str = ""
    changed: int = 0
    shifts: tuple[int, ...] = ()
    old_zone: str = ""
    at_old_times: int = 0
    misfit: ExportMisfit | None = None
    file: FileState | None = None

    @property
    def is_all_taken(self) -> bool:
        """Whether every message is logged or queued, and nothing else is to be told of it."""
        told = self.unread_lines or self.doubt or self.changed or self.shifts or self.at_old_times
        is_all = self.messages == self.already_logged + self.queued > 0
        return is_all and self.chat_id is not None and not (told or self.reason or self.misfit)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What all sources brought, and what could not be read or imported of it."""

    chats: tuple[ImportedChat, ...] = ()
    problems: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """An export of a known chat.

    `messages` reads it from the beginning, any number of times. `report` is told how many messages
    were read; it may raise to end the run. `own_id` is the id under which the messages get their
    keys, `other_ids` are the other ids of the chat. `is_sure`: a number says whose chat it is.
    `named` is the known chat, if it had no number; `is_of_another`: its record has another number
    than came in. `zone` is the time zone in which it is read.
    """

    chat: Chat
    messages: Callable[[], Iterator[Message]]
    report: Callable[[int], None]
    own_id: ChatId
    other_ids: Sequence[ChatId] = ()
    options: ImportOptions = field(default_factory=ImportOptions)
    is_sure: bool = False
    named: KnownChat | None = None
    is_of_another: bool = False
    zone: tzinfo | None = None


def first_profile(export: Export, minutes: CoverageRange, ledger: Ledger) -> ChatProfile:
    """Return the profile of a chat of which no message is known, except for what it covers."""
    before = ledger.chat_profile(export.chat.id)
    zone = export.zone or before.zone
    return replace(before, zone=zone, read=minutes if zone else None, earlier=())


def widened(span: CoverageRange | None, batch: KeyedBatch) -> CoverageRange | None:
    """Return the span with this batch in it; messages that are known by an id cover no time."""
    minutes = [
        minute
        for minute, message in zip(batch.minutes, batch.messages, strict=True)
        if not message.native_id
    ]
    if not minutes:
        return span
    ends = (*minutes, *(span or ()))
    return CoverageRange(min(ends), max(ends))


def save_profile(
    export: Export,
    profile: ChatProfile,
    minutes: CoverageRange,
    alignment: Alignment,
    ledger: Ledger,
) -> None:
    """Keep the time that an imported export covers and the sides that it taught."""
    sides = profile.sides if export.options.sides_are_given else alignment.sides
    covered = _without_left_out(minutes, export.options.since)
    after = replace(profile, spans=with_span(profile.spans, covered), sides=sides)
    if after != ledger.chat_profile(export.chat.id):
        ledger.save_chat_profile(export.chat.id, after)


def _without_left_out(minutes: CoverageRange, since: datetime | None) -> CoverageRange:
    """Return the time that was taken; messages older than `since` were left out."""
    if since is None:
        return minutes
    first = minute_at(since)
    return CoverageRange(max(minutes.first, first), max(minutes.last, first))
