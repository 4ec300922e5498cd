"""`wasf forget` and `wasf purge`: remove what this machine holds about a person, or of messages.

The person is named by a number. A chat that has another number, or none, is the person's if the
record that it is linked to has the number. Salesforce is asked for that; if it cannot be asked, the
result says what was not checked.

A purge keeps the keys and minutes of logged messages. Waiting messages are removed only if a
person says so, because their text is nowhere else that wasf knows.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from wasf.commands.link import find_chat
from wasf.commands.sync import SyncContext, cancel_jobs_of_chats
from wasf.core.chats import Chat, Phone
from wasf.core.phones import canonical, parse_phone
from wasf.core.plan import (
    Belonging,
    Directory,
    has_number,
    only_record_tells,
    search_for_holders,
    whose,
)
from wasf.core.records import KnownChat, Link
from wasf.errors import ExitCode, WasfError, WrongUsage
from wasf.interfaces import NoProgress, Progress
from wasf.store.ledger import Ledger, Purged
from wasf.values import dataclass


@dataclass(frozen=True, slots=True)
class UnsureChat:
    """A chat that stays although it may be the person's, and why."""

    chat: Chat
    reason: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed, or would be in a dry run, and what stays.

    `chats`, `waiting` messages and `webhooks` are removed. `logged` messages stay in Salesforce, on
    `records`. `in_jobs` counts Tasks that a bulk job holds, in a dry run. `groups` counts group
    chats that the number takes part in; they stay. `unsure` are chats that stay because it is not
    known whose they are. `not_asked` counts the chats about which Salesforce could not be asked,
    because of `error`. `other_orgs` have a ledger of their own.
    """

    dry_run: bool
    chats: int
    waiting: int
    logged: int
    records: tuple[Link, ...]
    groups: int
    in_jobs: int = 0
    webhooks: int = 0
    unsure: tuple[UnsureChat, ...] = ()
    not_asked: int = 0
    error: WasfError | None = None
    other_orgs: int = 0

    @property
    def exit_code(self) -> ExitCode:
        """Why something was not checked."""
        return self.error.exit_code if self.error else ExitCode.DONE


def number_in(text: str, region: str) -> Phone:
    """Return the number that a person typed. Raise `WrongUsage`, which does not repeat it."""
    phone = parse_phone(text, region)
    if phone is None:
        raise WrongUsage(
            "that cannot be read as a phone number",
            "write it with its country code, such as +44 7700 900123, or set default_region",
        )
    return phone


def forget(
    phone: Phone,
    context: SyncContext,
    chats: Sequence[str] = (),
    *,
    forget_webhooks: Callable[[Phone], int] = lambda _: 0,
    other_orgs: int = 0,
) -> Forgotten:
    """Forget the person with this number and their chats; nothing changes in Salesforce.

    `chats` names further chats of the person, which nothing shows to be theirs. `forget_webhooks`
    removes the webhooks about a number that is forgotten, and returns how many there were.
    `other_orgs` counts the other orgs that have a ledger on this machine. What waits in a bulk job
    is cancelled first, or becomes logged, so that nothing of the person is written afterwards.
    Raise `WrongUsage` for a word that names no chat, several, or a group, and `TryLater`, before
    anything is removed, while such a job is at work.
    """
    ledger, progress = context.ledger, context.progress
    known = {one.chat.id: one for one in ledger.chats()}
    named = [_named_chat(word, context) for word in chats]
    progress.step("Searching the person's chats")
    belonging, not_asked, error = _ownership(list(known.values()), phone, context)
    context.check_stop()
    ids = list(dict.fromkeys([*belonging.own, *(one.chat.id for one in named)]))
    in_jobs = cancel_jobs_of_chats(ids, context, "this person")
    own = ledger.search.of_ids(ids)
    # In a dry run too, in its copy: only then the webhooks about the person can be told.
    progress.step("Counting" if context.dry_run else "Removing")
    ledger.forget(phone, [one.chat for one in own], belonging.names)
    webhooks = forget_webhooks(phone)
    if not context.dry_run:
        progress.step("Writing the ledger anew")
        ledger.rewrite_file()
    return Forgotten(
        dry_run=context.dry_run,
        chats=len(own),
        waiting=sum(one.queued for one in own),
        logged=sum(one.logged for one in own),
        records=tuple(
            dict.fromkeys(link for one in own for link in (one.link, one.related) if link)
        ),
        in_jobs=in_jobs,
        groups=sum(_takes_part(one, phone) for one in known.values()),
        webhooks=webhooks,
        unsure=tuple(
            UnsureChat(known[one.chat_id].chat, one.reason)
            for one in belonging.unsure
            if one.chat_id not in ids
        ),
        not_asked=not_asked,
        error=error,
        other_orgs=other_orgs,
    )


def _named_chat(word: str, context: SyncContext) -> KnownChat:
    known = find_chat(word, context.ledger, context.policy.default_region)
    if known.chat.is_group:
        raise WrongUsage("a group is no person's chat", "leave it out")
    return known


def _ownership(
    known: Sequence[KnownChat], phone: Phone, context: SyncContext
) -> tuple[Belonging, int, WasfError | None]:
    """Find out which chats are the person's; by their own numbers if Salesforce cannot be asked.

    Return also `not_asked` and `error` of `Forgotten`.
    """
    try:
        people = context.org.people(search_for_holders(known, phone))
    except WasfError as error:
        own = [one.chat.id for one in known if not one.chat.is_group and has_number(one, phone)]
        return Belonging(tuple(own)), len(only_record_tells(known, phone)), error
    directory = Directory.of(people.contacts, people.leads, people.merged, (), context.policy)
    return whose(known, phone, directory), 0, None


def _takes_part(known: KnownChat, phone: Phone) -> bool:
    numbers = (one.phone for one in known.chat.participants)
    return any(one is not None and canonical(one) == canonical(phone) for one in numbers)


# --- Purge -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PurgeOptions:
    """What a person chose to purge.

    `chat` names one chat, "" stands for all. `before` (UTC) leaves out what was written later.
    `everything` says that all chats and times are meant. `waiting` includes waiting messages. Raise
    `WrongUsage` for options that contradict each other.
    """

    chat: str = ""
    before: datetime | None = None
    everything: bool = False
    waiting: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        if not (self.chat or self.before or self.everything):
            raise WrongUsage(
                "say what to purge", "wasf purge --before 2026-01-01, --chat CHAT, or --all"
            )
        if self.everything and (self.chat or self.before):
            raise WrongUsage(
                "--all means all chats and all times",
                "leave out --all, or --chat and --before",
            )


def purge(
    options: PurgeOptions, ledger: Ledger, region: str, progress: Progress | None = None
) -> Purged:
    """Purge; in a dry run `ledger` is a copy, and the counts say what would be removed."""
    progress = progress or NoProgress()
    chats = [find_chat(options.chat, ledger, region)] if options.chat else ledger.chats()
    progress.step("Counting" if options.dry_run else "Removing")
    ids = [one.chat.id for one in chats]
    purged = ledger.purge(ids, options.before, waiting=options.waiting)
    if not options.dry_run:
        progress.step("Writing the ledger anew")
        ledger.rewrite_file()
    return purged
