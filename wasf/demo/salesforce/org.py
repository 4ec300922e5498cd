"""The state of an org, and what its admin configured. Every request works on it."""

import secrets
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wasf.demo.salesforce.calls import ApiCall, ApiReply, RecordDraft, SaveOptions, refuse
from wasf.demo.salesforce.model import RecordId, SObjectType, canonical
from wasf.demo.salesforce.schema import SOBJECTS
from wasf.demo.salesforce.soql import ParsedQuery, QueryResult
from wasf.demo.salesforce.storage import Row, Storage, stamp

Resource = Callable[[ApiCall], ApiReply]
"""Answers the calls to one resource. It may raise `RequestRefused`."""


@dataclass(frozen=True, slots=True)
class OrgSettings:
    """The limits and switches of an org; a new one has these."""

    oldest_version: int = 31
    newest_version: int = 67
    """The versions of the API that the org has, from the oldest to the newest."""
    daily_limit: int = 15_000
    """API calls of a day."""
    page_size: int = 2_000
    """Rows of one page of a query."""
    archive_at_insert: bool = True
    """Closed Tasks of more than a year ago vanish from `query` at once, not in the next night."""
    edit_converted_leads: bool = False
    """Whether the API user may change converted Leads."""
    data_storage_mb: int = 10_240
    """The org's data storage."""
    other_data_kb: int = 0
    """What of it is taken by records that are not in this org's tables."""

    @property
    def api_versions(self) -> range:
        """The numbers of the versions of the API."""
        return range(self.oldest_version, self.newest_version + 1)


class Customization:
    """One thing that an admin configured. The methods here change nothing."""

    @property
    def resources(self) -> Mapping[str, Resource]:
        """Further resources of the API, by the first segment below /services/data/vXX.0."""
        return {}

    @property
    def private_records(self) -> Collection[str]:
        """The ids of records that sharing keeps from the API user."""
        return ()

    def visible(self, sobject: SObjectType) -> SObjectType | None:
        """Return the object as the API user sees it: with fewer fields or rights, or None."""
        return sobject

    def described(self, sobject: SObjectType) -> SObjectType:
        """Return the object as describe shows it, which may differ from what holds."""
        return sobject

    def before_query(self, query: ParsedQuery) -> None:
        """Raise `RequestRefused` if the query cannot be carried out."""

    def before_save(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Change the rows of drafts that passed the platform's checks, as a trigger does."""

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Fail drafts that may not be saved.

        All drafts of one object in the request come together, with the ids they will have.
        """

    def after_save(self, sobject: SObjectType, rows: Sequence[Row]) -> None:
        """Act on rows that were written or deleted."""


STORED_KB = {"Task": 2, "Lead": 2, "Contact": 2}
"""How much data storage a record takes, whatever is in it."""
MAX_CURSORS = 10  # queries with further pages that a user may have open
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pages of a demo show besides the org's records.

    `marks` are words for records by their ids, `waiting` the chats that wait, and why. `report` is
    a page of its own, as HTML.
    """

    marks: Mapping[str, str]
    waiting: Sequence[tuple[str, str]]
    report: str


class OrgState:
    """One org. A caller holds `lock`, so that one request at a time works on it.

    `customizations` is what an admin configured (see `Customization`); a new org has none.
    """

    def __init__(self, path: str = ":memory:", clock: Clock | None = None) -> None:
        """Make an empty org in a SQLite file. Raise `FileExistsError` if the file exists."""
        if path != ":memory:" and Path(path).exists():
            raise FileExistsError(path)
        self.lock = threading.RLock()
        self.storage = Storage(path)
        self.settings = OrgSettings()
        self.customizations: list[Customization] = []
        self.shown: Shown | None = None
        self.api_calls = 0
        self.org_id = RecordId("")
        self.user_id = RecordId("")
        self.tokens: dict[str, str] = {}
        self._clock = clock or (lambda: datetime.now(UTC))
        self._sobjects: dict[str, SObjectType] = {}
        self._cursors: dict[str, QueryResult] = {}
        for sobject in SOBJECTS.values():
            self.add_sobject(sobject)

    def now(self) -> datetime:
        """Return the time of the org's clock, in whole seconds as Salesforce keeps it."""
        return self._clock().replace(microsecond=0)

    def stamp(self) -> str:
        """Return the current time as it is stored."""
        return stamp(self.now())

    def free_storage_kb(self) -> int:
        """Return how much data storage is left; records in the recycle bin take none."""
        used = self.settings.other_data_kb
        for name, size in STORED_KB.items():
            alive = f'SELECT count(*) FROM "{name}" WHERE NOT "IsDeleted"'  # noqa: S608 - constants
            ((count,),) = self.storage.tuples(alive)
            used += size * int(str(count))
        return max(0, self.settings.data_storage_mb * 1024 - used)

    def new_token(self, user: str = "") -> str:
        """Return a further access token in Salesforce's form: org id, `!`, secret.

        It belongs to the given user, or to the API user. All records are made by the API user.
        """
        token = f"{self.org_id[:15]}!{secrets.token_urlsafe(48)}"
        self.tokens[token] = user or self.user_id
        return token

    def keep_cursor(self, name: str, result: QueryResult) -> None:
        """Keep the rows of a query for its further pages."""
        self._cursors[name] = result
        while len(self._cursors) > MAX_CURSORS:
            del self._cursors[next(iter(self._cursors))]

    def cursor(self, name: str) -> QueryResult | None:
        """Return the rows that were kept under a name, if any."""
        return self._cursors.get(name)

    def add_sobject(self, sobject: SObjectType) -> None:
        """Give the org one more object, with a table for its rows."""
        self.storage.create(sobject)
        self._sobjects[sobject.name] = sobject

    def replace_sobject(self, sobject: SObjectType) -> None:
        """Change what an object is; the columns of its fields must be there."""
        self._sobjects[sobject.name] = sobject

    def stored_sobject(self, name: str) -> SObjectType:
        """Return an object with all its fields, seen or not. Raise `KeyError` if unknown."""
        return self._sobjects[name]

    def sobjects(self) -> list[SObjectType]:
        """Return the objects that the API user sees, as the user sees them."""
        return [found for each in self._sobjects.values() if (found := self._visible(each))]

    def find_sobject(self, name: str) -> SObjectType | None:
        """Return the object of that name (in any case) as the API user sees it."""
        lowered = name.lower()
        found = self._sobjects.get(name) or next(
            (each for each in self._sobjects.values() if each.name.lower() == lowered), None
        )
        return self._visible(found) if found else None

    def sobject(self, name: str) -> SObjectType:
        """Return the object as `find_sobject`. Raise `RequestRefused` (INVALID_TYPE) if none."""
        found = self.find_sobject(name)
        if found is None:
            raise refuse("INVALID_TYPE", unknown_sobject(name))
        return found

    def sobject_of(self, record: str) -> SObjectType | None:
        """Return the object that an id belongs to, by its first three characters."""
        return next((each for each in self._sobjects.values() if each.prefix == record[:3]), None)

    def prefixes(self) -> dict[str, str]:
        """Return the id prefix of each object, by the object's name."""
        return {name: sobject.prefix for name, sobject in self._sobjects.items()}

    def row(self, record: str) -> Row | None:
        """Return the stored row of a record of any object, deleted or not."""
        sobject = self.sobject_of(record)
        return (
            next(iter(self.storage.find(sobject.name, "Id", [record])), None) if sobject else None
        )

    def private_records(self) -> frozenset[str]:
        """Return the ids of the records that sharing keeps from the API user."""
        return frozenset(one for each in self.customizations for one in each.private_records)

    def rows_by_id(self, records: Iterable[str]) -> dict[str, Row]:
        """Return the rows of many records of any objects, with one query for each object.

        Records that the API user may not see are left out.
        """
        groups: dict[str, set[str]] = {}
        for record in set(records) - self.private_records():
            if sobject := self.sobject_of(record):
                groups.setdefault(sobject.name, set()).add(record)
        rows = (row for name, ids in groups.items() for row in self.storage.find(name, "Id", ids))
        return {str(row["Id"]): row for row in rows}

    def _visible(self, sobject: SObjectType) -> SObjectType | None:
        seen: SObjectType | None = sobject
        for customization in self.customizations:
            seen = customization.visible(seen) if seen else None
        return seen


def unknown_sobject(name: str) -> str:
    """Return Salesforce's message for an object that does not exist or is not visible."""
    return (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, "
        "be sure to append the '__c' after the entity name. Please reference your WSDL or the "
        "describe call for the appropriate names."
    )


def record_id(text: str) -> RecordId:
    """Return the id in a path. Raise `RequestRefused` (NOT_FOUND) if it is not an id."""
    found = canonical(text)
    if found is None:
        message = f"Provided external ID field does not exist or is not accessible: {text}"
        raise refuse("NOT_FOUND", message, status=404)
    return found
