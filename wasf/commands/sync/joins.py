"""Finds the numbers of waiting chats, and joins chats of one person (M9, W2, I1, I2).

A chat that came without a number waits in the queue. Its number may be found later without its
file: by the default region, if its title is a number without a country code, or in the address
book, by its name. Chats are one by their number, or by the record that both belong to.

A chat that came under a name only belongs to a record by that name, or because a person linked it.
If exactly one chat with a number of that record is there, the two are one; if it is on another
record, only if both show the same. This is done before anything is logged, so that a message that
is known under the number is not logged under the name, and the other way round. Chats whose exports
cover the same time and show nothing in common stay apart. A chat that shows some of the same, but
not enough to tell, waits. The number of a record is not stored with a chat: a person may say that
it is another record.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from wasf.commands.sync.identify import FORGOTTEN
from wasf.commands.sync.reconcile import compare, queue_new
from wasf.commands.sync.run import (
    BOOK_IS_MISSING,
    Export,
    ImportOptions,
    Reason,
    SyncContext,
    SyncResult,
    save_profile,
    skip_chat,
)
from wasf.core.chat_identity import same_account, same_person
from wasf.core.chat_likeness import Likeness
from wasf.core.chats import CHAT_DETAILS, Chat, ChatId, Direction, Phone, SourceChat
from wasf.core.phones import canonical, chat_address, find_number, parse_phone
from wasf.core.plan import Directory, Plan, numbers_of
from wasf.core.records import KnownChat, RecordId
from wasf.core.zones import is_same
from wasf.store.ledger import Arrival

# --- Numbers -----------------------------------------------------------------------------------


def find_numbers(without: Sequence[KnownChat], context: SyncContext, result: SyncResult) -> None:
    """Give waiting chats the numbers that are known today, or note why they have none."""
    known = context.address_book()
    look_up = known.book.number_of if known.book else None
    for one in without:
        names = _names(one.chat, context)
        phone, doubt = find_number(names, context.policy.default_region, look_up)
        if phone is not None:
            _take_number(one.chat, phone, context, result)
        elif doubt:
            result.doubts[one.chat.id] = doubt
        elif known.unreadable is not None and one.link is None:
            result.waits[one.chat.id] = BOOK_IS_MISSING
    if problem := known.unreadable or known.partly:
        result.unreadable.append(problem)


def _names(chat: Chat, context: SyncContext) -> Sequence[str]:
    """Return what the chat calls the other party: the first author who is not us, and its title."""
    messages = (arrival.message for arrival in context.ledger.queued(chat.id))
    authors = (one.author for one in messages if one.direction is Direction.INCOMING)
    return tuple(dict.fromkeys(filter(None, [next(authors, ""), chat.title])))


def _take_number(chat: Chat, phone: Phone, context: SyncContext, result: SyncResult) -> None:
    is_number = parse_phone(chat.title, context.policy.default_region) is not None
    found = replace(
        chat,
        phone=phone,
        name="" if is_number else chat.name,
        url=chat.url or chat_address(phone),
    )
    ledger = context.ledger
    with ledger.transaction():
        if ledger.is_forgotten(_as_found(found)):
            skip_chat(chat.id, FORGOTTEN, ledger, result)
        else:
            ledger.save_chat(found)


def _as_found(chat: Chat) -> SourceChat:
    details = {name: getattr(chat, name) for name in CHAT_DETAILS}
    return SourceChat(origin=chat.title, **details)


# --- Chats that are one ------------------------------------------------------------------------


def join_by_numbers(sharing: Sequence[KnownChat], context: SyncContext, result: SyncResult) -> None:
    """Join chats that have one number and one WhatsApp account, or an unknown one."""
    by_number: defaultdict[Phone, list[KnownChat]] = defaultdict(list)
    for known in sharing:
        if known.chat.phone and not known.chat.is_group:
            by_number[canonical(known.chat.phone)].append(known)
    for chats in by_number.values():
        if len(chats) > 1:
            _join_all(chats, context, result)


def _join_all(chats: Sequence[KnownChat], context: SyncContext, result: SyncResult) -> None:
    """Join what is one of the chats with a number, into the one that came under the number."""
    accounts = {known.chat.whatsapp_account for known in chats} - {""}
    left = sorted(chats, key=lambda known: bool(known.chat.name))
    while left:
        stays, *others = left
        left = []
        for other in others:
            has_one_account = stays.chat.whatsapp_account == other.chat.whatsapp_account
            is_told = len(accounts) < 2 or has_one_account
            is_one = is_told and same_person(stays.chat, other.chat)
            if not (is_one and _join(other, stays, context, result)):
                left.append(other)


def join_by_records(
    plan: Plan, directory: Directory, context: SyncContext, result: SyncResult
) -> tuple[bool, frozenset[ChatId]]:
    """Join chats without a number to that of their record; note which of them have to wait.

    Return whether any was joined, and which are undecided. `plan` says on which records chats are
    going to be logged.
    """
    targets = {
        logs.chat.id: logs.targets[0].record_id for logs in plan.logs if not logs.chat.is_group
    }
    on_record: defaultdict[RecordId, list[KnownChat]] = defaultdict(list)
    for known in context.ledger.search.on_records(targets.values(), targets):
        record = targets.get(known.chat.id, known.link.record_id if known.link else None)
        if record in targets.values() and record is not None and not known.unlinked:
            on_record[record].append(known)
    changed = False
    undecided: dict[ChatId, Reason] = {}
    for record, same_record in on_record.items():
        numbers = numbers_of(record, directory, context.policy.default_region)
        with_number = context.ledger.search.of_numbers(numbers)
        elsewhere = [known for known in with_number if known not in same_record]
        for one in same_record:
            if one.chat.phone is not None or one.chat.is_group:
                continue
            if _join_to_number(one, numbers, same_record, context, result) or _join_elsewhere(
                one, numbers, elsewhere, context, result
            ):
                changed = True
            elif doubt := _doubt(one, record, numbers, [*same_record, *elsewhere], context):
                undecided[one.chat.id] = doubt
    result.waits.update(undecided)
    return changed, frozenset(undecided)


def _join_to_number(
    one: KnownChat,
    numbers: frozenset[Phone],
    on_record: Sequence[KnownChat],
    context: SyncContext,
    result: SyncResult,
) -> bool:
    """Join a chat to the one that has a number of its record; return whether that could be done.

    Where the record has several numbers, what both chats show has to tell which one it is.
    """
    of_numbers = _of_numbers(one, numbers, on_record, context)
    if len(numbers) > 1:
        of_numbers = _alike(one, of_numbers, numbers, context)
    return len(of_numbers) == 1 and _join(one, of_numbers[0], context, result)


def _join_elsewhere(
    one: KnownChat,
    numbers: frozenset[Phone],
    elsewhere: Sequence[KnownChat],
    context: SyncContext,
    result: SyncResult,
) -> bool:
    """Join a chat to one on another record that has a number of its record, if both show the same.

    So the record of a customer may be made, or get the number, after the chat was logged on a Lead.
    Several people may have one number in Salesforce, so the number alone does not tell it.
    """
    if one.link is not None and one.link.by_hand:
        return False
    joins, zone = context.ledger.joins, context.policy.zone
    alike = [
        other
        for other in _of_numbers(one, numbers, elsewhere, context)
        if joins.likeness(one.chat.id, other.chat.id, zone) >= Likeness.BY_SENT_OFTEN
    ]
    return len(alike) == 1 and _join(one, alike[0], context, result)


def _doubt(
    one: KnownChat,
    record: RecordId,
    numbers: frozenset[Phone],
    others: Sequence[KnownChat],
    context: SyncContext,
) -> Reason | None:
    """Return why a chat has to wait of which nothing is logged; None if it may be logged.

    Another chat with a number of its record shows some of the same: it may be the same, or that of
    another person or number who was told the same. Logged beside it, messages could stand twice.
    """
    if one.logged or (one.link is not None and one.link.by_hand):
        return None
    joins, zone = context.ledger.joins, context.policy.zone
    for other in _of_numbers(one, numbers, others, context):
        if joins.likeness(one.chat.id, other.chat.id, zone, any_clock=True) > Likeness.NONE:
            return Reason(
                f"it may be the chat of {other.chat.phone}, which shows some of the same",
                f"if it is: wasf sync FILE --phone {other.chat.phone}; "
                f"if not: wasf link {one.chat.id} {record}",
            )
    return None


def _of_numbers(
    one: KnownChat, numbers: frozenset[Phone], others: Sequence[KnownChat], context: SyncContext
) -> list[KnownChat]:
    """Return the other chats that have one of the numbers, and may be the same."""
    joins = context.ledger.joins
    return [
        other
        for other in others
        if other.chat.phone
        and canonical(other.chat.phone) in numbers
        and same_account(one.chat, other.chat)
        and not other.chat.is_successor
        and not joins.contradict(one.chat.id, other.chat.id)
    ]


def _alike(
    one: KnownChat, of_numbers: Sequence[KnownChat], numbers: frozenset[Phone], context: SyncContext
) -> list[KnownChat]:
    """Return those that show the same as a chat.

    Changed messages alone tell it only if there is a chat of each of the numbers.
    """
    alike = {
        other.chat.id: context.ledger.joins.likeness(
            one.chat.id, other.chat.id, context.policy.zone, any_clock=True
        )
        for other in of_numbers
    }
    most = max(alike.values(), default=Likeness.NONE)
    known = {canonical(other.chat.phone) for other in of_numbers if other.chat.phone}
    if most is Likeness.NONE or (most <= Likeness.BY_ALL_CHANGED and known != numbers):
        return []
    least = Likeness.BY_CHANGED if most is Likeness.BY_ALL_CHANGED else most
    return [other for other in of_numbers if alike[other.chat.id] >= least]


def _join(gone: KnownChat, stays: KnownChat, context: SyncContext, result: SyncResult) -> bool:
    """Join a chat to another one, unless they contradict each other; return whether it was done.

    If one of them is logged again, the undone messages of both are new again.
    """
    gone_id, stays_id = gone.chat.id, stays.chat.id
    ledger = context.ledger
    if ledger.joins.contradict(gone_id, stays_id):
        return False
    with ledger.transaction():
        if result.again & {gone_id, stays_id}:
            result.again.add(stays_id)
            for one in (gone_id, stays_id):
                ledger.restore_undone(one)
        known = _import_shifted(gone, stays, context) + _import_shifted(stays, gone, context)
        joined = ledger.joins.join(gone_id, stays_id, context.policy.zone)
    for counts, more in (
        (result.repeated, known + joined.dropped),
        (result.known_again, known + joined.known),
    ):
        counts[stays_id] += counts.pop(gone_id, 0) + more
    result.dropped[stays_id] += result.dropped.pop(gone_id, 0)
    result.waits.pop(gone_id, None)
    return True


def _import_shifted(waiting: KnownChat, known: KnownChat, context: SyncContext) -> int:
    """Import what waits in a chat into the one that it is, if another clock wrote it.

    Return how many of its messages were known. All others of it get the right time. Those with ids
    are left out: they have it, and are known again by the join itself.
    """
    ledger, chat_id = context.ledger, waiting.chat.id
    if waiting.logged or not waiting.queued or not (known.logged or known.queued):
        return 0

    def lines() -> Iterator[Arrival]:
        return (arrival for arrival in ledger.queued(chat_id) if not arrival.message.native_id)

    zone = ledger.chat_profile(chat_id).zone
    is_todays = zone is not None and is_same(zone, context.policy.zone)
    export = Export(
        known.chat,
        lambda: (arrival.message for arrival in lines()),
        lambda _: context.check_stop(),
        chat_id,
        ledger.ids_of(known.chat.id),
        ImportOptions(zone_is_given=is_todays),
        zone=zone if is_todays else None,
    )
    diff = compare(export, ledger)
    is_under_way = sum(1 for _ in ledger.queued(chat_id)) != waiting.queued
    if not diff.fits or not diff.alignment.steps or is_under_way:
        return 0
    arrivals = list(lines())
    ledger.drop([arrival.key for arrival in arrivals])
    moved = replace(export, messages=lambda: (arrival.message for arrival in arrivals))
    queue_new(moved, diff, ledger)
    save_profile(moved, diff.profile, diff.minutes, diff.alignment, ledger)
    return len(arrivals) - diff.new
