"""Which known chat a source's chat is, and whether it is wanted at all.

Chats are found by number, id or title (`ChatIndex`). Where a chat has a new title, and no number
tells whose it is, they are found by their first messages (`_find_renamed`): people are renamed in
address books. Known chats that turn out to be one are joined (`join_same`).
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from wasf import late_modules
from wasf.commands.sync.run import Export, ImportOptions, Reason, SyncContext
from wasf.core.approval import first_approval
from wasf.core.chat_identity import (
    UnclearChat,
    also_same,
    identify_chat,
    ids_of,
    may_be_renamed,
    new_chat,
    own_id,
    updated,
)
from wasf.core.chat_likeness import Likeness
from wasf.core.chats import Chat, ChatId, Direction, Message, MessageKind, Phone, SourceChat
from wasf.core.diff import OverlapStats, is_alike, is_throughout
from wasf.core.keys import minute_of, text_digest
from wasf.core.phones import canonical
from wasf.core.plan import Directory, numbers_of
from wasf.core.policy import Groups
from wasf.core.records import Approval, KnownChat, PeopleQuery
from wasf.core.text import fold_name
from wasf.interfaces import ChatReading
from wasf.store.ledger import ChatJoin, KnownIds, Ledger, TextAt

if TYPE_CHECKING:
    from wasf.commands.sync import reconcile
else:  # loaded where an export is compared
    (reconcile,) = late_modules(__package__, "reconcile")

_BEGINNING = 500
_SAMPLE = 16
_TELLING = 4

_GROUP = Reason("a group chat", "to log it: wasf config set groups participants")
FORGOTTEN = Reason(
    "somebody asked wasf to forget this person", "to let them in: wasf forget NUMBER --lift"
)


def skipped(chat_id: ChatId) -> Reason:
    """Return why a chat is skipped to which a person said no (X2)."""
    return Reason("you said no to it", f"to let it in again: wasf allow {chat_id}")


def exclusion(found: SourceChat, ledger: Ledger) -> Reason | None:
    """Return why a whole chat is skipped; None if it is not."""
    if found.left_out:
        return Reason(found.left_out, "")
    return FORGOTTEN if ledger.is_forgotten(found) else None


class ChatIndex:
    """The known chats by their ids, numbers and titles, kept up to date during an import.

    Few of thousands of chats have to be looked at for each one that is read: they are read from the
    ledger when they are asked for, and kept. `ids` says which chat has an id.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.ids = KnownIds(ledger.search)
        self._by_id: dict[ChatId, KnownChat | None] = {}
        self._changed: set[ChatId] = set()
        self._by_title: dict[str, dict[ChatId, None]] = {}
        self._by_phone: dict[Phone, dict[ChatId, None]] = {}
        self._asked: set[tuple[str, Phone | None]] = set()
        self.numbers_on_record: dict[ChatId, frozenset[Phone]] = {}

    def has_any_like(self, found: SourceChat) -> bool:
        """Return whether any chat is known that a chat under a new title may be.

        Where both have a number the number decides (I2).
        """
        if found.phone and not found.is_group:
            return self._ledger.search.has_any_without_number
        return any(self._by_id.values()) or self._ledger.search.has_any

    def get(self, chat_id: ChatId) -> KnownChat | None:
        """Return the chat of that id, None if it is not known."""
        own = self.ids.get(chat_id) or chat_id
        if own not in self._by_id:
            self._by_id[own] = None
            for known in self._ledger.search.of_ids([own]):
                self._keep(known)
        return self._by_id[own]

    def put(self, known: KnownChat) -> None:
        """Add a chat or replace it."""
        self._changed.add(known.chat.id)
        self._keep(known)

    def _keep(self, known: KnownChat) -> None:
        # Old titles and numbers go on finding the chat. That finds too much; `identify_chat` sorts
        # it out.
        chat = known.chat
        self._by_id[chat.id] = known
        self.ids.add(chat.id, chat.id)
        self._by_title.setdefault(fold_name(chat.title), {})[chat.id] = None
        if chat.phone and not chat.is_group:
            self._by_phone.setdefault(canonical(chat.phone), {})[chat.id] = None

    def joined(self, gone: ChatId, stays: ChatId) -> None:
        """Note that a chat was joined to another one."""
        self._by_id[gone] = None
        self.ids.joined(gone, stays)

    def is_of_another(self, chat_id: ChatId, phone: Phone | None) -> bool:
        """Return whether a chat with a name only is on a record that has other numbers (M13)."""
        numbers = self.numbers_on_record.get(chat_id, frozenset())
        return phone is not None and bool(numbers) and canonical(phone) not in numbers

    def with_lines(self, lines: Sequence[TextAt]) -> Mapping[ChatId, int]:
        """Count which of these few incoming lines each chat has; without zeros."""
        changed = [one for one in self._changed if self._by_id[one]]
        found = self._ledger.lines.chats_with(lines, changed)
        self._changed.clear()
        return found

    def candidates(self, found: SourceChat) -> list[Chat]:
        """Return all chats that a source's chat may be, by its ids, its number or its title."""
        title, phone = fold_name(found.title), canonical(found.phone) if found.phone else None
        if (title, phone) not in self._asked:
            self._asked.add((title, phone))
            for one in self._ledger.search.named(found):
                if one.chat.id not in self._by_id:
                    self._keep(one)
        ids = dict.fromkeys(filter(None, map(self.ids.get, ids_of(found))))
        if phone:
            ids |= self._by_phone.get(phone, {})
        ids |= self._by_title.get(title, {})
        return [known.chat for chat_id in ids if (known := self.get(chat_id))]


def find_chat(
    reading: ChatReading, index: ChatIndex, context: SyncContext, options: ImportOptions
) -> Chat | Reason:
    """Return the chat that was read, or why it is left out."""
    if reason := exclusion(reading.chat, context.ledger):
        return reason
    _look_up_numbers(reading.chat, index, context)
    chat = identify_chat(
        reading.chat,
        index.candidates(reading.chat),
        phone_is_given=options.phone_is_given,
        ids=index.ids,
    )
    is_skipped = reading.chat.is_group and context.policy.groups is Groups.SKIP
    if isinstance(chat, UnclearChat):
        return _GROUP if is_skipped else Reason(chat.reason, chat.hint)
    if is_skipped and not _is_linked(chat, index):
        _save_name(chat, index, context)
        return _GROUP
    if index.get(chat.id) is None and not chat.is_successor:
        former = index.get(context.ledger.let_in_again(chat.id) or chat.id)
        if former is not None:
            index.ids.add(chat.id, former.chat.id)
            return former.chat
        return _find_renamed(reading, index, context, options) or chat
    return _find_namesake(chat, reading, index, context, options) or chat


def _look_up_numbers(found: SourceChat, index: ChatIndex, context: SyncContext) -> None:
    """Look up what numbers the records have on which chats of this name were logged by the name.

    If the number that came in is none of them, it is another person of that name, unless what came
    in is in both chats (I2, M13).
    """
    if not found.phone or found.native_id or found.is_group or context.not_connected is not None:
        return
    records = {
        known.chat.id: known.link.record_id
        for known in (index.get(chat.id) for chat in index.candidates(found))
        if known and known.logged and known.link and not (known.link.by_hand or known.chat.phone)
    }
    if records.keys() <= index.numbers_on_record.keys():
        return
    people, policy = context.org.people(PeopleQuery.of_records(records.values())), context.policy
    directory = Directory.of(people.contacts, people.leads, people.merged, (), policy)
    for chat_id, record_id in records.items():
        numbers = numbers_of(record_id, directory, policy.default_region)
        index.numbers_on_record[chat_id] = numbers


def _is_linked(chat: Chat, index: ChatIndex) -> bool:
    known = index.get(chat.id)
    return known is not None and known.related is not None


def _save_name(group: Chat, index: ChatIndex, context: SyncContext) -> None:
    """Save the title of a group that is skipped, so that a person can link it (R3)."""
    if index.get(group.id) is None:
        known = KnownChat(replace(group, participants=()))
        context.ledger.save_chat(known.chat)
        index.put(known)


def save_new(chat: Chat, found: SourceChat, index: ChatIndex, context: SyncContext) -> ChatId:
    """Save a chat, or an id of it, that was not known; return its id by this title or source.

    Under the setting `chats = ask` a new chat waits for a yes if nobody gave one (X2).
    """
    ledger, known = context.ledger, index.get(chat.id)
    if known is None or known.is_only_named:
        ledger.save_chat(chat)
        if first_approval(ledger.approvals.of(chat), context.policy) is Approval.PENDING:
            ledger.approvals.decide(chat.id, Approval.PENDING)
        if chat.is_successor:
            ledger.unlink(chat.id)
    own = own_id(found, chat, index.ids)
    if own != chat.id:
        ledger.add_alias(own, chat.id)
    return own


def join_same(
    chat: Chat,
    found: SourceChat,
    index: ChatIndex,
    context: SyncContext,
    options: ImportOptions,
    *,
    but: Container[ChatId] = (),
) -> dict[ChatId, ChatJoin]:
    """Join the other known chats that are this one, `but` those (I2); return what was repeated.

    One that has only the name is joined if what came in is in both, or if it waits and adds
    nothing: two people may have one name. If all that it shows was changed, a person has to have
    said the number too. With the option `again` their undone messages are new again.
    """
    adds_nothing = {Likeness.BY_ALL_SENT}
    if options.phone_is_given:
        adds_nothing.add(Likeness.BY_ALL_CHANGED)
    joined, ledger, zone = {}, context.ledger, context.policy.zone
    for other in also_same(chat, found, index.candidates(found), index.ids):
        if other.id in but:
            continue
        known, alike = index.get(other.id), ledger.joins.likeness(chat.id, other.id, zone)
        is_waiting = known is not None and not known.logged
        is_another = other.phone is None and index.is_of_another(other.id, chat.phone)
        least = Likeness.BY_EQUAL if is_another else Likeness.BY_SENT_OFTEN
        is_same = alike >= least or (alike in adds_nothing and is_waiting)
        if is_same or (other.phone and not ledger.joins.contradict(chat.id, other.id)):
            if options.again:
                ledger.restore_undone(other.id)
            joined[other.id] = ledger.joins.join(other.id, chat.id, zone)
    return joined


def has_only_its_name(known: KnownChat | None, reading: ChatReading) -> bool:
    """Return whether an export is of a known chat by its name alone, and none of that chat counts.

    Such are chats that were wholly undone. What was undone then has to tell whether it is that
    person: another one may have the name, or the same one another number (I2).
    """
    if known is None or reading.again is None or reading.chat.phone or reading.chat.native_id:
        return False
    return not (known.chat.is_group or known.logged or known.queued)


def other_person(
    chat: Chat, found: SourceChat, index: ChatIndex, *, is_told_apart: bool
) -> Chat | None:
    """Return a new chat for an export that does not fit the chat that has its name.

    Only if of one of the two the number is known, and of the other nothing but the name. Where the
    known chat is logged, the number has to be none of those of its record, or a person has to say
    the number of an export that has nothing to do with it (`is_told_apart`). None if a chat has the
    id that the new one would have.
    """
    known, other = index.get(chat.id), new_chat(found, index.ids)
    if known is None or index.get(other.id):
        return None
    if known.logged:
        is_by_hand = known.link is not None and known.link.by_hand
        is_other = index.is_of_another(chat.id, found.phone) or (is_told_apart and not is_by_hand)
        return other if found.phone and known.chat.phone is None and is_other else None
    if found.phone:
        return None if known.chat.phone or known.link else other
    return other if known.chat.phone and not known.queued else None


def _find_renamed(
    reading: ChatReading, known: ChatIndex, context: SyncContext, options: ImportOptions
) -> Chat | None:
    """Return the one known chat that a chat under a new title is; None if there is none.

    It has most of the first lines of this export, and nearly all that the export shows of the time
    that is known: one person may write the same into two chats. Only where no number decides (I2).
    """
    if reading.again is None or not known.has_any_like(reading.chat):
        return None
    texts = _first_texts(_messages(reading))
    alike = [
        one.chat
        for chat_id, lines in known.with_lines(texts).items()
        if is_alike(lines, len(texts))
        and (one := known.get(chat_id))
        and may_be_renamed(one.chat, reading.chat)
    ]
    if len(alike) != 1:
        return None
    [chat] = alike
    overlap = _compare_as(chat, reading, known, context, options)
    return updated(chat, reading.chat) if is_throughout(overlap) else None


def _find_namesake(
    chat: Chat,
    reading: ChatReading,
    index: ChatIndex,
    context: SyncContext,
    options: ImportOptions,
) -> Chat | None:
    """Return the chat with a number and of the same name that an export is; None if it is `chat`.

    Several people, or several numbers of one, may have the name. An export that shows no number is
    that one's whose messages it shows, if it shows few of `chat` (I2).
    """
    found = reading.chat
    if reading.again is None or found.phone or found.native_id or found.is_group:
        return None
    title = fold_name(found.title)
    others = [
        one
        for one in index.candidates(found)
        if one.id != chat.id and one.phone and not one.is_group and fold_name(one.title) == title
    ]
    if not others:
        return None
    seen = {one.id: _compare_as(one, reading, index, context, options) for one in (chat, *others)}
    first, *rest = sorted(others, key=lambda one: seen[one.id].known, reverse=True)
    most = max(seen[one.id].known for one in (chat, *rest))
    overlap = seen[first.id]
    is_told = is_alike(overlap.known, overlap.lines) and overlap.known > 2 * most
    return updated(first, found) if is_told else None


def _compare_as(
    chat: Chat,
    reading: ChatReading,
    index: ChatIndex,
    context: SyncContext,
    options: ImportOptions,
) -> OverlapStats:
    """Compare an export with what is known of a chat that it may be; return what is in both."""
    with context.ledger.transaction():
        export = Export(
            chat,
            lambda: _messages(reading),
            lambda _: context.check_stop(),
            own_id(reading.chat, chat, index.ids),
            context.ledger.ids_of(chat.id),
            options,
            zone=reading.zone,
        )
        return reconcile.compare(export, context.ledger).overlap


def _messages(reading: ChatReading) -> Iterator[Message]:
    items: Iterable[object] = reading.again() if reading.again else ()
    return (item for item in items if isinstance(item, Message))


def _first_texts(messages: Iterable[Message]) -> list[TextAt]:
    """Return some incoming texts from the beginning of an export; with their minutes they tell it.

    Ours are left out: the same words may have gone to many chats at once.
    """
    texts = (
        m
        for m in islice(messages, _BEGINNING)
        if m.direction is Direction.INCOMING
        and m.kind is MessageKind.TEXT
        and len(m.text) >= _TELLING
    )
    found = {TextAt(minute_of(m), text_digest(m.kind, m.text)): None for m in texts}
    return list(islice(found, 0, None, max(1, len(found) // _SAMPLE)))[:_SAMPLE]
