"""Reconciles a newer export of a known chat with what the ledger knows of it.

An export has no message ids, and a newer one may differ from the known messages: another phone's
clock wrote it, messages were edited or deleted, a person stands on the other side. So it is

1. compared line by line with the ledger, as it is and with what the chat's exports have taught
   (`ChatProfile`): by the keys that its lines have under any id of the chat, then by minute, side
   and text with messages that came another way (rule I3); time that was read in an earlier time
   zone is compared under that zone (`core.zones`);
2. compared again with its times moved, if few lines are known and most would be known if moved;
3. compared again with authors on the other side, as long as that is proven by their lines;
4. rejected if it does not fit the chat (`ExportDiff.fits`); nothing of it is taken then;
5. read once more, and its new lines are queued (`queue_new`).

Comparing changes nothing. Of an export that has nothing new there is nothing left to read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta, tzinfo
from itertools import islice

from wasf.commands.sync.export_diff import ExportDiff, compare_with
from wasf.commands.sync.run import Export, Reason, SyncContext
from wasf.core.alignment import FARTHEST, Alignment, constant, steps_from, with_sides
from wasf.core.chat_identity import NameEvidence, is_told
from wasf.core.chats import Message
from wasf.core.coverage import ChatProfile
from wasf.core.diff import fits, has_nothing_known, is_displaced, may_be_shifted, shift_fits
from wasf.core.keys import KeyedBatch, keyed, minute_of, moment_of, text_digest
from wasf.core.records import MessageKey
from wasf.core.text import fold_name, local_minute
from wasf.core.zones import EarlierTimes, corrected, rereading
from wasf.errors import ExportMisfit, FileChanging
from wasf.store.ledger import Arrival, Ledger, TextAt

_BATCH = 500
_MOST_COMPARISONS = 3
_MINUTES_SHOWN = 3

_MISFIT = Reason(
    "it does not fit what is known of this chat",
    "if it is another person's chat: wasf sync FILE --phone NUMBER; "
    "if another clock wrote it: --time-shift +1h, say; to log it as it is: --accept",
)
_UNTOLD = Reason(
    "nothing that came in tells whether it is the chat of this name that is known",
    "say whose chat it is: wasf sync FILE --phone NUMBER; if it is the known one: --accept",
)
_NUMBER_FIRST = (
    "if the known chat of this name is another person's: sync its file with its own number first "
    "(wasf sync FILE --phone NUMBER), then this one again; if it is the same person's: --accept"
)


def compare(export: Export, ledger: Ledger) -> ExportDiff:
    """Return the diff under the alignment that fits best. Call it inside a transaction."""
    options = export.options
    profile = corrected(
        ledger.chat_profile(export.chat.id), export.zone, is_given=options.zone_is_given
    )
    sides = {} if options.sides_are_given else profile.sides
    steps = constant(options.shift or timedelta(0))
    alignment = Alignment(steps, sides, rereading(export.zone, profile))
    diff = compare_with(alignment, export, profile, ledger)
    covers_none = not (profile.spans or profile.earlier)  # all that is known came with ids
    is_strange = may_be_shifted(diff.overlap) or (covers_none and _lacks_most(diff))
    if options.shift is None and is_strange:
        diff = _compare_shifted(diff, export, profile, ledger)
    # Who is on the right side by accident shows only when the others are.
    for _ in range(0 if options.sides_are_given else _MOST_COMPARISONS):
        new_sides = {fold_name(author): side for author, side in diff.sides.items()}
        if not new_sides or not diff.fits:
            break
        diff = compare_with(with_sides(diff.alignment, new_sides), export, profile, ledger)
    if export.is_sure:
        return replace(diff, is_elsewhere=is_elsewhere(diff, export))
    evidence = _evidence(diff, export)
    if profile.earlier:  # what was read in another zone cannot be counted by its minutes
        return replace(diff, is_untold=not is_told(evidence._replace(strange=0, missing=0)))
    return replace(diff, lacks_most=_lacks_most(diff), is_untold=not is_told(evidence))


def _lacks_most(diff: ExportDiff) -> bool:
    """Return whether an export and what is known of its time have less than half in common.

    Then it is the chat of another person who has the name, and who was told the same, say. It may
    be so, too, where they have more in common: see `is_told`.
    """
    if 2 * diff.overlap.strange > diff.overlap.covered:
        return True
    return diff.comparison.count_known(diff.minutes) > 2 * _known(diff)


def _known(diff: ExportDiff) -> int:
    return diff.logged + diff.queued + diff.undone


def _evidence(diff: ExportDiff, export: Export) -> NameEvidence:
    """Return what tells whether an export under a name alone is the known chat of that name."""
    known = diff.comparison.known_minutes
    if known is None or diff.common.telling:
        return diff.common
    return diff.common._replace(
        strange=diff.comparison.count_unmatched(known),
        missing=max(0, diff.comparison.count_known(diff.minutes) - _known(diff)),
        is_answered=diff.comparison.is_answered or export.is_of_another,
        is_whole=diff.comparison.count_known(known) <= _known(diff),
        is_found_by_name=bool(export.named and export.named.logged) and not export.is_of_another,
        adds=diff.new > 0 or bool(export.named and export.chat.phone),
    )


def is_elsewhere(diff: ExportDiff, export: Export) -> bool:
    """Return whether an export shows only time of which nothing is known, whichever clock wrote it.

    Where both are of about the same time, another clock may have written what is known: unless
    both have texts, and no text of theirs is the same.
    """
    if not has_nothing_known(diff.overlap):
        return False
    known = diff.comparison.known_minutes
    if known is None:
        return True
    shown = diff.minutes
    is_shared = max(known.first, shown.first) < min(known.last, shown.last)
    if is_shared or is_displaced(diff.overlap):
        return False
    if max(known.first - shown.last, shown.first - known.last) > FARTHEST:
        return True
    has_texts = diff.comparison.has_texts and any(
        text.digest for text in _texts(export, diff.alignment)
    )
    return has_texts and not diff.comparison.offset_votes(_texts(export, diff.alignment))


def minutes_then(
    batch: KeyedBatch, export: Export, context: SyncContext
) -> Sequence[Sequence[int]]:
    """Return the minutes of messages by the time zones that were corrected since.

    They have their true times; what exports told before has those of the other zones (I6). The
    first minutes are by the first zone that was read at the time of each message, then by the next.
    """
    profile = corrected(
        context.ledger.chat_profile(export.chat.id),
        context.policy.zone,
        is_given=export.options.zone_is_given,
    )
    earlier = EarlierTimes.of(profile)
    if earlier is None:
        return ()
    minutes = [earlier.minutes_then(message) for message in batch.messages]
    most = max(map(len, minutes), default=0)
    return [[some[min(turn, len(some) - 1)] for some in minutes] for turn in range(most - 1)]


def queue_new(export: Export, diff: ExportDiff, ledger: Ledger) -> None:
    """Queue what is new. Raise `FileChanging` if the export has changed since the comparison."""
    new_lines = diff.comparison.unmatched()
    wanted = next(new_lines, None)
    number = 0
    messages = diff.alignment.through(export.messages())
    while batch := list(islice(messages, _BATCH)):
        arrivals = []
        for message in batch:
            if wanted is not None and wanted[0] == number:
                key = wanted[1]
                if number in diff.read_before:
                    key = _key_now(export, message, ledger)
                arrivals.append(Arrival(key, message))
                wanted = next(new_lines, None)
            number += 1
        ledger.enqueue(export.chat.id, arrivals)
    if number != diff.overlap.lines:
        raise FileChanging(
            "The file was changed while it was read; nothing of it was taken.",
            "Sync it again when nothing writes to it.",
        )


def _key_now(export: Export, message: Message, ledger: Ledger) -> MessageKey:
    """Return the key of a new message by the zone of today; it was compared under another one."""
    [batch] = keyed(export.own_id, [message], ledger.count_earlier)
    return batch.keys[0]


# --- What does not fit ---------------------------------------------------------------------------


def reason_of(diff: ExportDiff, export: Export) -> Reason:
    """Return why nothing of an export is taken that does not fit, and what to do."""
    reason = _UNTOLD if _is_only_untold(diff) else _MISFIT
    is_after_a_name = export.named is not None and export.named.logged and export.chat.phone
    return reason._replace(hint=_NUMBER_FIRST) if is_after_a_name else reason


def _is_only_untold(diff: ExportDiff) -> bool:
    return diff.is_untold and not diff.lacks_most and fits(diff.overlap)


def misfit(diff: ExportDiff, export: Export, zone: tzinfo) -> ExportMisfit:
    """Return an error that says why an export does not fit, without any of its words."""
    hint = reason_of(diff, export).hint
    hint = f"{hint[0].upper()}{hint[1:]}."
    return ExportMisfit(f"{_difference(diff, zone)}: nothing was taken.", hint)


def _difference(diff: ExportDiff, zone: tzinfo) -> str:
    overlap = diff.overlap
    if has_nothing_known(overlap):
        return "None of its messages is known, though a chat of this name is"
    if is_displaced(overlap):
        return (
            f"{overlap.displaced:,} of its {overlap.fresh:,} new messages are known at another "
            "time, as if days were read as months"
        )
    if diff.lacks_most and fits(overlap):
        return "Most of the messages that are known of its time are not in it"
    if _is_only_untold(diff):
        return "Nothing that came in tells whether it is the chat of this name that is known"
    minutes = diff.comparison.unmatched_minutes(_MINUTES_SHOWN)
    shown = ", ".join(local_minute(moment_of(minute), zone) for minute in minutes)
    return (
        f"{overlap.strange:,} of its {overlap.covered:,} messages from the time that earlier "
        f"exports show are not in those (the first at {shown})"
    )


# --- Comparing ---------------------------------------------------------------------------------


def _compare_shifted(
    first: ExportDiff, export: Export, profile: ChatProfile, ledger: Ledger
) -> ExportDiff:
    """Return the diff with times moved if the export fits then; else the first one, made anew."""
    earlier = EarlierTimes.of(profile)
    texts = _texts(export, first.alignment)
    votes = first.comparison.offset_votes
    steps = steps_from(votes(texts, earlier.minutes_now) if earlier else votes(texts))
    if not steps:
        return first
    shifted = replace(first.alignment, steps=steps)
    known = first.comparison.known_minutes
    # Messages that came with ids cover no time, but they tell as well which clock it was.
    covered = profile if profile.spans or not known else replace(profile, spans=(known,))
    diff = compare_with(shifted, export, covered, ledger)
    if shift_fits(diff.overlap):
        return replace(diff, profile=replace(diff.profile, spans=profile.spans))
    # The notes of a comparison are overwritten by the next one.
    return compare_with(first.alignment, export, profile, ledger)


def _texts(export: Export, alignment: Alignment) -> Iterator[TextAt]:
    messages = replace(alignment, steps=()).through(export.messages())
    for number, message in enumerate(messages):
        if number % _BATCH == 0:
            export.report(0)
        yield TextAt(minute_of(message), text_digest(message.kind, message.text))
