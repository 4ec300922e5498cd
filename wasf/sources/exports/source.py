"""Exported chats as a `Source`: finds the files and reads each in two passes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cache
from pathlib import Path

from wasf.core.chats import Participant, Phone, SourceChat
from wasf.core.phones import digits, parse_phone
from wasf.core.policy import DateOrder
from wasf.errors import WasfError
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.exports.address_book import Contacts
from wasf.sources.exports.archive import Archive, files_beside, open_archive
from wasf.sources.exports.blocks import PastedLines
from wasf.sources.exports.bodies import BodyReader
from wasf.sources.exports.date_evidence import Evidence
from wasf.sources.exports.date_order import Decided, OrderUnclear, decide_order
from wasf.sources.exports.dates import Days, Stamps
from wasf.sources.exports.files import check_phone, find_exports, tidy, title_of
from wasf.sources.exports.first_pass import Surveyor
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.participants import Hints, Participants, who_is_who
from wasf.sources.exports.second_pass import Reader
from wasf.sources.exports.survey import Survey

SOURCE = "export"
_LONG = 20_000  # headers; with fewer a pattern of their own takes longer than it saves


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What the files do not say.

    `zone` is where the phone was: exports hold local times. `now` (with a zone) is the latest that
    a message can be of. `me` are names of our side as chats show them. `phone` is the other
    party's number, for a single chat. `owner_email`, `whatsapp_account` and `account_email` go
    into every chat (O6).
    """

    zone: tzinfo
    now: datetime
    default_region: str = ""
    me: frozenset[str] = frozenset()
    phone: Phone | None = None
    contacts: Contacts | None = None
    whatsapp_account: str = ""
    owner_email: str = ""
    account_email: str = ""
    date_order: DateOrder = DateOrder.AUTO


@dataclass(frozen=True, slots=True)
class _Surveyed:
    """An export after its first pass, and what else is known of the people in it."""

    archive: Archive
    survey: Survey
    surveyor: Surveyor
    hints: Hints


@dataclass(frozen=True, slots=True)
class ExportSource:
    """Chats from WhatsApp's "Export chat": .txt and .zip files and folders of them.

    Files come in the order of `paths`, sorted within a folder; those whose dates only another
    chat of the same phone can settle come last. In a group where none of the names of `me` wrote,
    nobody counts as our side and every message is incoming.
    """

    paths: Sequence[Path]
    options: ExportOptions

    @property
    def kind(self) -> str:
        """See `Source`."""
        return SOURCE

    def read(self) -> Iterator[ChatReading | Unreadable]:
        """Yield every chat, or why a file is none.

        Raises `MissingFile`, `UnreadableFile` (a folder without exports) and `WrongUsage` before
        anything is read.
        """
        files = find_exports(self.paths)
        check_phone(self.options.phone, files)
        return self._read(files)

    def _read(self, files: Sequence[Path]) -> Iterator[ChatReading | Unreadable]:
        settled: dict[Layout, set[DateOrder]] = {}
        open_ones: list[_Surveyed] = []
        look_beside = cache(files_beside)  # thousands of chats may lie in one folder
        for path in files:
            try:
                origin = path.name
                archive = open_archive(path, look_beside)
                origin = archive.origin
                surveyed = self._surveyed(archive)
                decided = decide_order(self._evidence(surveyed))
                if decided.holds_for_phone:
                    settled.setdefault(surveyed.survey.layout, set()).add(decided.order)
                reading = self._reading(surveyed, decided)
            except OrderUnclear:
                open_ones.append(surveyed)
            except WasfError as error:
                yield Unreadable(origin, error)
            else:
                yield reading
        for surveyed in open_ones:
            yield self._read_late(surveyed, settled.get(surveyed.survey.layout, set()))

    def _surveyed(self, archive: Archive) -> _Surveyed:
        hints = Hints(
            title=title_of(archive.stem),
            stem=archive.stem,
            me=self.options.me,
            phone=self.options.phone,
            region=self.options.default_region,
        )
        surveyor = Surveyor(archive, hints.may_go_on)
        return _Surveyed(archive, surveyor.survey(), surveyor, hints)

    def _read_late(
        self, surveyed: _Surveyed, orders: Iterable[DateOrder]
    ) -> ChatReading | Unreadable:
        """Read a chat whose own dates are unclear, as the others of its form."""
        known = list(orders)
        same_phone = known[0] if len(known) == 1 else DateOrder.AUTO
        try:
            return self._reading(surveyed, decide_order(self._evidence(surveyed, same_phone)))
        except WasfError as error:
            return Unreadable(surveyed.archive.origin, error)

    def _evidence(self, surveyed: _Surveyed, same_phone: DateOrder = DateOrder.AUTO) -> Evidence:
        options = self.options
        return Evidence(
            layout=surveyed.survey.layout,
            facts=surveyed.survey.dates,
            now=options.now.astimezone(options.zone).replace(tzinfo=None),
            written_at=surveyed.archive.written_at,
            asked=options.date_order,
            same_phone=same_phone,
        )

    def _reading(self, surveyed: _Surveyed, decided: Decided) -> ChatReading:
        archive, found = surveyed.archive, surveyed.survey
        stamps = self._stamps(surveyed, decided.order)
        has_wrong = found.wrong_clocks or stamps.days.wrong(map(str.encode, found.dates.counts))
        sieve = PastedLines(stamps) if has_wrong or not found.dates.is_complete else None
        if sieve is not None:
            found = surveyed.surveyor.survey_again(found.layout, sieve)
        people = who_is_who(found, surveyed.hints)
        reader = Reader(
            archive=archive,
            layout=found.layout,
            people=people,
            stamps=stamps,
            sieve=PastedLines(stamps, people.pasted) if people.pasted else sieve,
            bodies=BodyReader(found.layout.platform.is_ios, archive.holder, archive.members),
            has_file_marks=not found.all_marked,
            is_long=found.headers > _LONG,
        )
        return ChatReading(self._chat(archive, people), reader.items(), again=reader.items)

    def _stamps(self, surveyed: _Surveyed, order: DateOrder) -> Stamps:
        evidence, clocks = self._evidence(surveyed), surveyed.survey.clocks
        # With many messages still to come it is the clock of this machine that is wrong.
        is_late = evidence.in_future(order) > evidence.few
        latest = date.max if is_late else evidence.tomorrow
        return Stamps(Days(order, self.options.zone, evidence.newest_year, latest), clocks)

    def _chat(self, archive: Archive, people: Participants) -> SourceChat:
        options, title = self.options, tidy(people.title).removeprefix("~").strip()
        number = self._number(title)
        phone, doubt = options.phone or number, ""
        if people.is_group:
            phone = None
        elif phone is None:
            phone, doubt = self._looked_up(people)
        return SourceChat(
            source=SOURCE,
            origin=archive.origin,
            title=title,
            name="" if number else title,
            phone=phone,
            is_group=people.is_group,
            owner_email=options.owner_email,
            whatsapp_account=options.whatsapp_account,
            account_email=options.account_email,
            url=f"https://wa.me/{digits(phone)}" if phone else "",
            participants=self._participants(people) if people.is_group else (),
            doubt=doubt,
        )

    def _number(self, shown: str) -> Phone | None:
        return parse_phone(shown, self.options.default_region)

    def _looked_up(self, people: Participants) -> tuple[Phone | None, str]:
        """The number of a 1:1 chat that is called by a name: a sender's, or the address book's."""
        doubt = ""
        for name in (*people.members, people.title):
            phone = self._number(name)
            if phone is None and self.options.contacts:
                phone, several = self.options.contacts.number_of(name)
                doubt = doubt or several
            if phone is not None:
                return phone, ""
        return None, doubt

    def _in_contacts(self, name: str) -> Phone | None:
        return self.options.contacts.number_of(name)[0] if self.options.contacts else None

    def _participants(self, people: Participants) -> tuple[Participant, ...]:
        return tuple(
            Participant(name, self._number(name) or self._in_contacts(name))
            for name in people.members
        )
