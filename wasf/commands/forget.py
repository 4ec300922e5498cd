"""`wasf forget`: removes all that this machine holds about a person, and lets nothing in again.

The person is named by a number. Chats that have another one, or none, are the person's if the
record that they stand on has it: Salesforce is asked for that, and where it cannot be asked the
report says what was not looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wasf.commands.link import choose_chat
from wasf.commands.sync import SyncContext
from wasf.core.chats import Chat, Phone
from wasf.core.matching import Directory
from wasf.core.ownership_search import (
    Belonging,
    has_number,
    only_record_tells,
    search_for_holders,
    whose,
)
from wasf.core.phones import canonical, parse_phone
from wasf.core.records import KnownChat, Link
from wasf.errors import ExitCode, WasfError, WrongUsage


@dataclass(frozen=True, slots=True)
class MayBe:
    """A chat that stays although it may be the person's, and why."""

    chat: Chat
    reason: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed, or would be, and what stays in Salesforce: messages, and the records.

    `groups` are group chats in which the number takes part; they are kept. `webhooks` are bodies of
    the inbox. `unsure` are chats of which nobody can know, `not_asked` counts those of which
    Salesforce could tell, which could not be asked because of `error`. `elsewhere` counts other
    orgs that have a ledger here.
    """

    dry_run: bool
    chats: int
    waiting: int
    logged: int
    records: tuple[Link, ...]
    groups: int
    webhooks: int = 0
    unsure: tuple[MayBe, ...] = ()
    not_asked: int = 0
    error: WasfError | None = None
    elsewhere: int = 0

    @property
    def exit_code(self) -> ExitCode:
        """Why not all of it could be looked at."""
        return self.error.exit_code if self.error else ExitCode.DONE


def number_in(text: str, region: str) -> Phone:
    """The number that a person typed. Raises `WrongUsage`, which does not repeat it."""
    phone = parse_phone(text, region)
    if phone is None:
        raise WrongUsage(
            "that cannot be read as a phone number",
            "write it with its country code, such as +44 7700 900123, or set default_region",
        )
    return phone


ForgetBodies = Callable[[Phone], int]
"""Removes the webhooks that are about whoever was forgotten; returns how many there were."""


def forget(
    phone: Phone,
    context: SyncContext,
    chosen: Sequence[str] = (),
    *,
    forget_bodies: ForgetBodies = lambda _: 0,
    elsewhere: int = 0,
) -> Forgotten:
    """Forget whoever has this number, and these chats with them; in Salesforce nothing changes.

    Raises `WrongUsage` for a word that names no chat, or several.
    """
    known = {one.chat.id: one for one in context.ledger.chats()}
    by_hand = [_chosen(word, context) for word in chosen]
    belonging, not_asked, error = _belonging(list(known.values()), phone, context)
    own = [known[one] for one in dict.fromkeys([*belonging.own, *(k.chat.id for k in by_hand)])]
    # Over the copy of a dry run, too: only so it can tell which webhooks are about the person.
    context.ledger.forget(phone, [one.chat for one in own], belonging.names)
    webhooks = forget_bodies(phone)
    if not context.dry_run:
        context.ledger.rewrite_file()
    return Forgotten(
        dry_run=context.dry_run,
        chats=len(own),
        waiting=sum(one.queued for one in own),
        logged=sum(one.logged for one in own),
        records=tuple(dict.fromkeys(one.link for one in own if one.link)),
        groups=sum(_takes_part(one, phone) for one in known.values()),
        webhooks=webhooks,
        unsure=tuple(
            MayBe(known[one.chat_id].chat, one.reason)
            for one in belonging.unsure
            if known[one.chat_id] not in own
        ),
        not_asked=not_asked,
        error=error,
        elsewhere=elsewhere,
    )


def _chosen(word: str, context: SyncContext) -> KnownChat:
    known = choose_chat(word, context.ledger, context.policy.default_region)
    if known.chat.is_group:
        raise WrongUsage("a group is no person's chat", "leave it out")
    return known


def _belonging(
    known: Sequence[KnownChat], phone: Phone, context: SyncContext
) -> tuple[Belonging, int, WasfError | None]:
    """Whose the chats are; of how many that could not be asked, and why."""
    open_ones = only_record_tells(known, phone)
    try:
        people = context.org.people(search_for_holders(known, phone))
    except WasfError as error:
        own = [one.chat.id for one in known if not one.chat.is_group and has_number(one, phone)]
        return Belonging(tuple(own)), len(open_ones), error
    directory = Directory.of(people.contacts, people.leads, people.merged, (), context.policy)
    return whose(known, phone, directory), 0, None


def _takes_part(known: KnownChat, phone: Phone) -> bool:
    numbers = (one.phone for one in known.chat.participants)
    return any(one is not None and canonical(one) == canonical(phone) for one in numbers)


# --- For people and programs -------------------------------------------------------------------
