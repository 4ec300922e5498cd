"""The org itself: its objects, its rows, its users and its clock; what every request works on."""

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wasf.demo.salesforce import access
from wasf.demo.salesforce.access import Settings
from wasf.demo.salesforce.answers import Answer
from wasf.demo.salesforce.errors import refuse
from wasf.demo.salesforce.model import Field, Kind, RecordId, canonical
from wasf.demo.salesforce.schema import KINDS
from wasf.demo.salesforce.storage import Row, Storage
from wasf.demo.salesforce.values import stamp

MAX_CURSORS = 10  # a user may have that many queries open
Clock = Callable[[], datetime]


class Org:
    """One org. Whoever works on it holds `lock`; one request at a time.

    `path` names the SQLite file, which must not be there yet (FileExistsError).
    """

    def __init__(self, path: str = ":memory:", clock: Clock | None = None) -> None:
        self.lock = threading.RLock()
        if path != ":memory:" and Path(path).exists():
            raise FileExistsError(path)
        self.storage = Storage(path)
        self.settings = Settings()
        self._clock = clock or (lambda: datetime.now(UTC))
        self._kinds = dict(KINDS)
        self._seen: dict[tuple[str, bool], Kind | None] = {}
        self._described: dict[str, Kind] = {}
        self._lag = 0
        self._in_tooling = False
        for kind in self._kinds.values():
            self.storage.create(kind)
        self._cursors: dict[str, Answer] = {}
        self.api_calls = 0
        self.org_id = RecordId("")
        self.user_id = RecordId("")
        self.tokens: dict[str, str] = {}

    def keep_cursor(self, name: str, answer: Answer) -> None:
        """Keeps the rows of a query whose further pages may be asked for."""
        self._cursors[name] = answer
        while len(self._cursors) > MAX_CURSORS:
            del self._cursors[next(iter(self._cursors))]

    def cursor(self, name: str) -> Answer | None:
        """The kept rows; None when there are none of that name."""
        return self._cursors.get(name)

    def new_token(self, user: str = "") -> str:
        """A further valid access token, shaped as Salesforce's: org id, `!`, secret.

        `user`: whom it says it belongs to; nobody: the API user, who makes all records anyway.
        """
        token = f"{self.org_id[:15]}!{secrets.token_urlsafe(48)}"
        self.tokens[token] = user or self.user_id
        return token

    def now(self) -> datetime:
        """The org's clock, in whole seconds as Salesforce keeps it."""
        shift = timedelta(seconds=self.settings.clock_shift_seconds)
        return (self._clock() + shift).replace(microsecond=0)

    def stamp(self) -> str:
        """This moment as it is stored."""
        return stamp(self.now())

    def change(self, settings: Settings) -> None:
        """Switches take effect with the next request."""
        self.settings = settings
        self._seen.clear()

    def kinds(self) -> list[Kind]:
        """The objects that the API user may see."""
        return [kind for name in self._kinds if (kind := self._visible(name))]

    def stored_kind(self, name: str) -> Kind:
        """An object with all its fields, whatever the API user may see. KeyError if unknown."""
        return self._kinds[name]

    def kind(self, name: str) -> Kind:
        """The object as the API user sees it. Raises Refused with INVALID_TYPE."""
        found = self.find_kind(name)
        if found is None:
            raise refuse("INVALID_TYPE", no_such_kind(name))
        return found

    def find_kind(self, name: str) -> Kind | None:
        """As `kind`, with None instead of an error. Names are taken in any case."""
        key = (name, self._in_tooling)
        if key not in self._seen:
            self._seen[key] = self._visible(self._proper(name))
        return self._seen[key]

    @contextmanager
    def tooling(self) -> Iterator[None]:
        """Meanwhile the objects are those that the Tooling API knows, and no others."""
        self._in_tooling = True
        try:
            yield
        finally:
            self._in_tooling = False

    def described(self, kind: Kind) -> Kind:
        """An object as a describe shows it: it may lag behind a change of access."""
        if kind.name not in self._described or not self.lags_behind():
            self._described[kind.name] = kind
        return self._described[kind.name]

    def lags_behind(self) -> bool:
        """Whether a part of the platform has not heard of the newest fields; asking takes time."""
        behind = self._lag > 0
        self._lag -= behind
        return behind

    def access_changed(self) -> None:
        """Fields or permission sets are others now: what may be seen is worked out anew."""
        self._lag = self.settings.access_lag
        self._seen.clear()

    def kind_of(self, record: str) -> Kind | None:
        """The object that an id belongs to, by its first three letters."""
        return next((k for k in self._kinds.values() if k.prefix == record[:3]), None)

    def add_field(self, kind: str, field: Field) -> None:
        """An admin makes a custom field."""
        known = self._kinds[kind]
        if known.has(field.name):
            return
        self.storage.add_column(kind, field)
        self._kinds[kind] = known.with_fields([field])
        if field.custom:
            self.storage.insert("CustomField", [self._as_custom_field(kind, field)])
        self.access_changed()

    def _as_custom_field(self, kind: str, field: Field) -> Row:
        (record,) = self.storage.mint("00N", 1)
        return {
            "Id": record, "DeveloperName": field.name.removesuffix("__c"),
            "TableEnumOrId": access.ENTITIES.get(kind, kind), "SystemModstamp": self.stamp(),
        }  # fmt: skip

    def replace_field(self, kind: str, field: Field) -> None:
        """An admin changes a field's description (labels, picklist values)."""
        known = self._kinds[kind]
        fields = tuple(field if old.name == field.name else old for old in known.fields)
        self._kinds[kind] = replace(known, fields=fields)
        self._seen.clear()

    def row(self, record: str) -> Row | None:
        """The stored row of an id of any object, deleted or not."""
        kind = self.kind_of(record)
        return next(iter(self.storage.find(kind.name, "Id", [record])), None) if kind else None

    def rows_by_id(self, records: Iterable[str]) -> dict[str, Row]:
        """The rows of many ids of any objects, in few queries."""
        groups: dict[str, set[str]] = {}
        for record in records:
            if kind := self.kind_of(record):
                groups.setdefault(kind.name, set()).add(record)
        rows = (row for name, ids in groups.items() for row in self.storage.find(name, "Id", ids))
        return {str(row["Id"]): row for row in rows}

    def _proper(self, name: str) -> str:
        lowered = name.lower()
        return next((known for known in self._kinds if known.lower() == lowered), name)

    def _visible(self, name: str) -> Kind | None:
        kind = self._kinds.get(name)
        if kind is None or kind.tooling != self._in_tooling:
            return None
        return access.visible(kind, self.settings, access.grants(self.storage, self.user_id))


def no_such_kind(name: str) -> str:
    """Salesforce's sentence for an object that is not there or not to be seen."""
    return (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, "
        "be sure to append the '__c' after the entity name. Please reference your WSDL or the "
        "describe call for the appropriate names."
    )


def record_id(text: str) -> RecordId:
    """The id in a path. Raises Refused as Salesforce does for what is none."""
    found = canonical(text)
    if found is None:
        message = f"Provided external ID field does not exist or is not accessible: {text}"
        raise refuse("NOT_FOUND", message, status=404)
    return found
