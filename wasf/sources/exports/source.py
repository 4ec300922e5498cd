"""Exported chats as a `Source`: reads each file in two passes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING

from wasf import late_modules
from wasf.core.chats import ChatItem, Message, NotUnderstood, Participant, Phone, SourceChat
from wasf.core.phones import chat_address, find_number, parse_phone
from wasf.core.policy import DateOrder
from wasf.core.text import fold_name
from wasf.errors import FileChanging, UnreadableFile, named_error
from wasf.interfaces import ChatReading, ExportOptions, Unreadable, comes_again
from wasf.sources.exports.archive import Archive, files_beside, open_archive, origin_of
from wasf.sources.exports.bodies import BodyReader
from wasf.sources.exports.chunks import Chunks
from wasf.sources.exports.date_order import (
    DateEvidence,
    OrderDecision,
    OrderUnclear,
    decide_date_order,
)
from wasf.sources.exports.export_facts import ExportFacts
from wasf.sources.exports.first_pass import FirstPass
from wasf.sources.exports.folders import FoundFile
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.names import EXPORT, KnownNames, is_translated_title, shown_name, title_of
from wasf.sources.exports.participants import NOBODY, Participants, find_participants
from wasf.sources.exports.second_pass import Block, SecondPass, without_repeats
from wasf.sources.exports.text import check_utf8
from wasf.sources.exports.timestamps import DayStarts, Timestamps
from wasf.values import dataclass

if TYPE_CHECKING:
    from wasf.sources.exports import parts
else:  # few exports have lines of another form
    (parts,) = late_modules(__package__, "parts")

_LONG = 20_000  # headers; in a shorter file, a pattern of its own takes longer than it saves

_WRONG_DATE = "a date that cannot be, inside a message"
_WRONG_SENDER = "a line of somebody who is not in the chat, inside a message"
_MOST_PARTS = 20
_WITH_NOBODY = "with WhatsApp itself, which is no chat with anybody"


@dataclass(frozen=True, slots=True)
class _ScannedExport:
    """An export after its first pass."""

    file: FoundFile
    archive: Archive
    first_pass: FirstPass
    facts: ExportFacts
    known: KnownNames

    @property
    def may_be_cut(self) -> bool:
        """Whether the rest of a last message may still have to come (I4)."""
        return self.file.is_young and self.archive.is_open_ended


@dataclass(frozen=True, slots=True)
class ExportSource:
    """Chats from WhatsApp's "Export chat": .txt and .zip files.

    They come in the order of `files`. Those whose date order only another chat of the same phone
    can show come last. In a group where none of the names of `me` wrote, nobody counts as our side
    and every message is incoming.
    """

    files: Sequence[FoundFile]
    options: ExportOptions

    @property
    def kind(self) -> str:
        return EXPORT

    def read(self) -> Iterator[ChatReading | Unreadable]:
        """Yield every chat, or why a file is none."""
        decided_orders: dict[Layout, set[DateOrder]] = {}
        undecided: list[_ScannedExport] = []
        list_beside = cache(files_beside)  # one folder may hold thousands of chats
        for file in self.files:
            try:
                archive = open_archive(file.path, list_beside)
                export = self._scan(file, archive, self._known(archive))
            except Exception as error:  # whatever it is, the other files are read (W6)
                yield file.unreadable(origin_of(file.path), named_error(error))
                continue
            try:
                decision = decide_date_order(self._evidence(export))
            except OrderUnclear:
                undecided.append(export)
                continue
            except Exception as error:  # whatever it is, the other files are read (W6)
                yield Unreadable(export.archive.origin, named_error(error))
                continue
            if decision.holds_for_phone:
                decided_orders.setdefault(export.facts.layout, set()).add(decision.order)
            yield from self._decided(export, decision)
        for export in undecided:
            yield from self._undecided(export, decided_orders.get(export.facts.layout, ()))

    def _known(self, archive: Archive) -> KnownNames:
        return KnownNames(
            title=title_of(archive.stem),
            stem=archive.stem,
            me=self.options.me,
            phone=self.options.phone,
            region=self.options.default_region,
        )

    def _scan(self, file: FoundFile, archive: Archive, known: KnownNames) -> _ScannedExport:
        first_pass = FirstPass(archive, known.may_go_on)
        return _ScannedExport(file, archive, first_pass, first_pass.read(), known)

    def _decided(
        self, export: _ScannedExport, decision: OrderDecision
    ) -> Iterator[ChatReading | Unreadable]:
        """Yield the chat of an export whose date order is known, or why there is none."""
        try:
            reading = self._reading(export, decision)
        except Exception as error:  # whatever it is, the other files are read (W6)
            yield Unreadable(export.archive.origin, named_error(error))
            return
        yield reading
        if export.may_be_cut:
            yield Unreadable(export.archive.origin, _may_be_cut(), is_failure=False)

    def _undecided(
        self, export: _ScannedExport, orders: Iterable[DateOrder]
    ) -> Iterator[ChatReading | Unreadable]:
        """Read an undecided export in the date order of others whose headers have its form."""
        found = list(orders)
        same_phone = found[0] if len(found) == 1 else DateOrder.AUTO
        try:
            decision = decide_date_order(self._evidence(export, same_phone))
        except Exception as error:  # whatever it is, the other files are read (W6)
            yield Unreadable(export.archive.origin, named_error(error))
            return
        yield from self._decided(export, decision)

    def _evidence(
        self, export: _ScannedExport, same_phone: DateOrder = DateOrder.AUTO
    ) -> DateEvidence:
        options = self.options
        return DateEvidence(
            layout=export.facts.layout,
            facts=export.facts.dates,
            now=options.now.astimezone(options.zone).replace(tzinfo=None),
            written_at=export.archive.written_at,
            asked=options.date_order,
            same_phone=same_phone,
            is_translated=export.facts.is_translated or is_translated_title(export.archive.stem),
        )

    def _reading(self, export: _ScannedExport, decision: OrderDecision) -> ChatReading:
        first, *more = self._parts(export, decision)
        names = {(part.participants.is_group, part.participants.title) for part in (first, *more)}
        if len(names) > 1:
            raise parts.second_export(more[0].archive.first)
        blocks = partial(_blocks_of, (first, *more))
        read = partial(without_repeats, blocks)
        if export.may_be_cut:
            read = partial(_without_last_message, read)
        chat = self._chat(first.archive, first.participants)
        return ChatReading(
            chat,
            read(),
            again=read,
            zone=self.options.zone,
            hold=comes_again,
            file=None if export.may_be_cut else export.file.state,
        )

    def _parts(self, export: _ScannedExport, decision: OrderDecision) -> list[SecondPass]:
        """Return how to read each export that was appended to this one, itself included."""
        passes: list[SecondPass] = []
        while export.facts.has_other_form:
            others = self._other_forms(export, decision)
            if not others.part:
                return [*passes, self._second_pass(export, decision, others.excerpts)]
            if len(passes) == _MOST_PARTS:
                raise parts.second_export(others.part)
            file, archive, known = export.file, export.archive, export.known
            above = self._scan(file, replace(archive, last=others.part - 1), known)
            part = self._second_pass(above, decision, others.excerpts)
            passes.append(part)
            known = replace(known, title=part.participants.title, me=known.me | part.our_names)
            export = self._scan(file, replace(archive, first=others.part), known)
            decision = self._decide_part(export, decision.order)
        return [*passes, self._second_pass(export, decision, ())]

    def _other_forms(self, export: _ScannedExport, decision: OrderDecision) -> "parts.OtherForms":
        people = {*export.facts.senders, *export.facts.unspaced, export.known.title}
        return parts.find_other_forms(
            export.archive,
            frozenset(fold_name(shown_name(name)) for name in people | export.known.me if name),
            self._evidence(export),
            decision.order,
        )

    def _decide_part(self, export: _ScannedExport, before: DateOrder) -> OrderDecision:
        """Decide the date order of a part; where it stays open, it is the one of the part above."""
        try:
            return decide_date_order(self._evidence(export, before))
        except OrderUnclear as error:
            line = f"It is the export that begins in line {export.archive.first:,}. {error.hint}"
            raise UnreadableFile(error.message, line) from None

    def _second_pass(
        self,
        export: _ScannedExport,
        decision: OrderDecision,
        excerpts: tuple[NotUnderstood, ...],
    ) -> SecondPass:
        archive, facts = export.archive, export.facts
        if any("\ufffd" in name for name in facts.senders):
            check_utf8(archive.blocks(), archive.first)
        stamps = self._timestamps(export, decision.order)
        has_wrong = facts.wrong_clocks or stamps.days.wrong(map(str.encode, facts.dates.counts))
        find_fakes = None
        if has_wrong or not facts.dates.is_complete:
            find_fakes = FakeHeaderFinder(stamps)
            facts = export.first_pass.collect(facts.layout, find_fakes)
        participants = find_participants(facts, export.known)
        if participants.fake_names:
            find_fakes = FakeHeaderFinder(stamps, participants.fake_names)
        return SecondPass(
            archive=archive,
            layout=facts.layout,
            participants=participants,
            stamps=stamps,
            find_fakes=find_fakes,
            bodies=BodyReader(
                facts.layout.platform.is_ios,
                archive.holder,
                archive.members,
                is_group=participants.is_group,
                has_no_marks=not facts.has_marks,
                opening=facts.opening,
            ),
            has_file_marks=not facts.all_marked,
            is_long=facts.headers > _LONG,
            excerpts=excerpts,
        )

    def _timestamps(self, export: _ScannedExport, order: DateOrder) -> Timestamps:
        evidence, clocks = self._evidence(export), export.facts.clocks
        # If many messages are in the future, the clock of this machine is wrong.
        is_late = evidence.in_future(order) > evidence.few
        latest = date.max if is_late else evidence.tomorrow
        return Timestamps(DayStarts(order, self.options.zone, evidence.newest_year, latest), clocks)

    def _chat(self, archive: Archive, participants: Participants) -> SourceChat:
        options, title = self.options, shown_name(participants.title)
        number = self._number(title)
        phone, doubt = options.phone or number, ""
        if participants.is_group:
            phone = None
        elif phone is None:
            phone, doubt = self._looked_up(participants)
        return SourceChat(
            source=EXPORT,
            origin=archive.origin,
            title=title,
            name="" if number else title,
            phone=phone,
            is_group=participants.is_group,
            owner_email=options.owner_email,
            whatsapp_account=options.whatsapp_account,
            account_email=options.account_email,
            url=chat_address(phone) if phone else "",
            participants=self._members(participants) if participants.is_group else (),
            doubt=doubt,
            left_out=_WITH_NOBODY if fold_name(title) in NOBODY else "",
        )

    def _number(self, shown: str) -> Phone | None:
        return parse_phone(shown, self.options.default_region)

    def _looked_up(self, participants: Participants) -> tuple[Phone | None, str]:
        """Return the number of a chat that has a name for a title, or why it is in doubt."""
        return self._find_number(*participants.members, participants.title)

    def _find_number(self, *names: str) -> tuple[Phone | None, str]:
        book = self.options.address_book
        return find_number(names, self.options.default_region, book.number_of if book else None)

    def _members(self, participants: Participants) -> tuple[Participant, ...]:
        return tuple(Participant(name, self._find_number(name)[0]) for name in participants.members)


def _blocks_of(passes: Iterable[SecondPass]) -> Iterator[Block]:
    return chain.from_iterable(one.blocks() for one in passes)


def _without_last_message(read: Callable[[], Iterator[ChatItem]]) -> Iterator[ChatItem]:
    held_back: list[ChatItem] = []
    for item in read():
        if isinstance(item, Message):
            yield from held_back
            held_back = [item]
        elif held_back:
            held_back.append(item)
        else:
            yield item
    yield from held_back[1:]


def _may_be_cut() -> FileChanging:
    return FileChanging(
        "This file is new and ends within a line, so that its last message may be cut; it is read "
        "by the first sync after a minute.",
        "There is nothing to do.",
    )


@dataclass(frozen=True, slots=True)
class FakeHeaderFinder:
    """Finds fake headers by a date, a time or a name (`fake_names`) that no real one has.

    Everybody in a chat can paste such a line, so it must neither stop the reading nor end a
    message. A fake header with a possible date and a name of the chat looks like a real one.
    """

    stamps: Timestamps
    fake_names: frozenset[str] = frozenset()

    def __call__(self, chunks: Chunks) -> Mapping[int, str]:
        """Return which chunks begin with a fake header, and why. Fast where there are none."""
        dates, clocks = chunks.dates, chunks.clocks
        days, times = self.stamps.days.wrong(dates), self.stamps.clocks.wrong(clocks)
        found = {}
        if days or times:
            found = {
                at: _WRONG_DATE
                for at, (day, clock) in enumerate(zip(dates, clocks, strict=True))
                if day in days or clock in times
            }
        if self.fake_names:
            for at in range(len(dates)):
                if chunks.start(at).decode(errors="replace") in self.fake_names:
                    found.setdefault(at, _WRONG_SENDER)
        return found
