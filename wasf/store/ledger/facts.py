"""Small facts that outlive a run, each with a type: the key field, API usage, the last syncs.

They are texts under names in one table; names and formats are those of wasf 0.1.0. Nothing is
written where a fact is already known, so that most syncs need not wait for the disk.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, NewType

from wasf.core.records import LeadStatus, RecordId
from wasf.core.refusals import RecordRefusal
from wasf.core.runs import CallsMade, LoggedRate, with_calls
from wasf.core.source_state import (
    DISCONNECTED,
    ApiFacts,
    DisconnectedAccount,
    KnownApis,
    SeenQuota,
    disconnected_accounts,
)
from wasf.interfaces import ApiUsage, BatchLimit, KeyField, OrgFacts
from wasf.store.ledger.codec import (
    from_micros,
    minute_of,
    minute_start,
    org_facts_from,
    org_facts_text,
    to_micros,
)
from wasf.store.ledger.database import Database, LedgerPart

RunId = NewType("RunId", str)
"""The id of a run of `wasf sync`, such as `20261122T120000Z-1`. Ids sort by time."""

_KEY_FIELD = "key-field"
_KEY_FIELDS_IN_USE = "key-fields-in-use"
_UNIQUE = "unique"
_BATCH_LIMIT = "batch-limit"
_LEAD_STATUSES = "lead-statuses"
_STOPPED = "stopped-writing"
_SENT_TWICE = "sent-twice"
_API_USAGE = "api-usage"
_CALLS = "api-calls"
_SYNCED = "synced "
_UNDO = "undo"
_TRIAL_LEAD = "test-lead"
_ORG_FACTS = "org-facts"
_KNOWN = "known "
_DAY = timedelta(days=1)
FIND_BEGINNING = "SELECT 1 FROM fact WHERE name >= ? AND name < ? LIMIT 1"


class ApiUsageReading(NamedTuple):
    """The API usage of the org as Salesforce told it `at` (UTC)."""

    usage: ApiUsage
    at: datetime


class KnownFacts(NamedTuple):
    """The facts of the org as they were read, and the e-mails that users were asked for by."""

    facts: OrgFacts
    emails: frozenset[str]


class StoppedWriting(NamedTuple):
    """The refusal after which nothing more was written, and in how many runs; 0: in none."""

    tries: int = 0
    refusal: RecordRefusal | None = None


class Facts(LedgerPart):
    """The small facts of one ledger; every method that changes something is one transaction."""

    # The field that holds the keys of Tasks

    def key_field(self) -> KeyField | None:
        """Return the field that took the keys at the last sync, None before the first."""
        name, _, mark = read_fact(self._db, _KEY_FIELD).partition(" ")
        return KeyField(name, is_unique=mark == _UNIQUE) if name else None

    def save_key_field(self, key_field: KeyField) -> None:
        """Store the field that takes the keys now."""
        marks = [key_field.name, *([_UNIQUE] if key_field.is_unique else [])]
        write_fact(self._db, _KEY_FIELD, " ".join(marks))

    def use_key_field(self, key_field: KeyField) -> tuple[str, ...]:
        """Return all fields in which the keys of open intents may be; this field comes first.

        An administrator can give the org a unique key field, or take it away, while the outcome of
        a request is still unknown. The keys of its Tasks are in the field of that time. So the
        names of all fields are stored that were in use since no intent was open.
        """
        has_intents = bool(self._db.rows("SELECT 1 FROM intent LIMIT 1"))
        earlier = read_fact(self._db, _KEY_FIELDS_IN_USE).split(" ") if has_intents else []
        names = tuple(dict.fromkeys(filter(None, [key_field.name, *earlier])))
        write_fact(self._db, _KEY_FIELDS_IN_USE, " ".join(names))
        return names

    # Statuses of Leads, which wasf config tells about

    def lead_statuses(self) -> tuple[LeadStatus, ...]:
        """Return the statuses that Leads had at the last sync, none before the first."""
        stored = read_fact(self._db, _LEAD_STATUSES)
        return tuple(LeadStatus(*one) for one in json.loads(stored or "[]"))

    def save_lead_statuses(self, statuses: Sequence[LeadStatus]) -> None:
        """Store the statuses that Leads can have."""
        rows = [(s.api_name, s.label, s.is_default, s.is_converted) for s in statuses]
        write_fact(self._db, _LEAD_STATUSES, json.dumps(rows))

    # What was learned of writing Tasks

    def batch_limit(self, since: datetime | None = None) -> BatchLimit | None:
        """Return how many Tasks the org takes at once, None if it was not learned since then."""
        size, at, words = _parts(read_fact(self._db, _BATCH_LIMIT), 3)
        if not size or (since is not None and datetime.fromisoformat(at) < since):
            return None
        return BatchLimit(int(size), words)

    def save_batch_limit(self, limit: BatchLimit | None, at: datetime) -> None:
        """Store how many Tasks the org takes at once; None: as many as it may."""
        known = self.batch_limit()
        if limit is None or known is None or limit.size != known.size:
            value = f"{limit.size} {at.isoformat()} {limit.words}" if limit else ""
            write_fact(self._db, _BATCH_LIMIT, value)

    def stopped(self) -> StoppedWriting:
        """Return why the last run that had Tasks to write stopped, if it did."""
        tries, code, fields, words = _parts(read_fact(self._db, _STOPPED), 4)
        if not tries:
            return StoppedWriting()
        return StoppedWriting(
            int(tries), RecordRefusal(code, tuple(filter(None, fields.split(","))), words)
        )

    def save_stopped(self, refusal: RecordRefusal | None) -> None:
        """Store the refusal that stopped a run; None after a run that wrote."""
        tries = self.stopped().tries + 1
        stored = refusal and f"{tries} {refusal.code} {','.join(refusal.fields)} {refusal.words}"
        write_fact(self._db, _STOPPED, stored or "")

    def sent_twice(self) -> datetime | None:
        """Return until when a request that was sent again may still arrive (UTC), None: never."""
        return read_moment(self._db, _SENT_TWICE)

    def save_sent_twice(self, until: datetime) -> None:
        """Store that Tasks are sent again whose first request may still arrive until then."""
        write_fact(self._db, _SENT_TWICE, until.isoformat())

    # What is not asked again for a time

    def org_facts(self, mark: str, since: datetime) -> KnownFacts | None:
        """Return what was learned of the org since then; None if nothing was, under this mark."""
        stored = read_fact(self._db, _ORG_FACTS)
        if not stored:
            return None
        at, known_mark, emails, text = json.loads(stored)
        if known_mark != mark or datetime.fromisoformat(at) < since:
            return None
        try:
            return KnownFacts(org_facts_from(text), frozenset(emails))
        except ValueError:
            return None

    def save_org_facts(self, mark: str, known: KnownFacts, at: datetime) -> None:
        """Store what was learned of the org; the mark stands for settings, version and user."""
        text = org_facts_text(known.facts)
        stored = json.dumps([at.isoformat(), mark, sorted(known.emails), text])
        write_fact(self._db, _ORG_FACTS, stored)

    def known_people(self, ids: Iterable[RecordId], since: datetime) -> Mapping[RecordId, str]:
        """Return those of these Contacts and Leads that were read since then, with their names.

        A name is "" where it is not needed.
        """
        names = [_KNOWN + one for one in ids]
        rows = self._db.rows_among("SELECT name, value FROM fact WHERE name IN (*)", names)
        people = ((name.removeprefix(_KNOWN), *_parts(value, 2)) for name, value in rows)
        return {
            RecordId(record): name
            for record, at, name in people
            if datetime.fromisoformat(at) >= since
        }

    def save_known_people(self, names: Mapping[RecordId, str], at: datetime) -> None:
        """Store that these Contacts and Leads were read, and their names, "" if not needed.

        What was read more than a day before goes.
        """
        with self._db.transaction():
            self._db.run(
                f"DELETE FROM fact WHERE substr(name, 1, {len(_KNOWN)}) = ? AND value < ?",  # noqa: S608 - a constant
                (_KNOWN, (at - _DAY).isoformat()),
            )
            for record, name in names.items():
                write_fact(self._db, _KNOWN + record, f"{at.isoformat()} {name}")

    def forget_org(self) -> None:
        """Forget all that is not asked again: an answer contradicted it."""
        with self._db.transaction():
            write_fact(self._db, _ORG_FACTS, "")
            self._db.run(
                f"DELETE FROM fact WHERE substr(name, 1, {len(_KNOWN)}) = ?",  # noqa: S608 - a constant
                (_KNOWN,),
            )

    # What `wasf status` shows

    def api_usage(self) -> ApiUsageReading | None:
        """Return what Salesforce told last of the org's API calls, None if it never did."""
        stored = read_fact(self._db, _API_USAGE)
        if not stored:
            return None
        used, limit, at = stored.split(" ")
        return ApiUsageReading(ApiUsage(int(used), int(limit)), datetime.fromisoformat(at))

    def save_api_usage(self, usage: ApiUsage, at: datetime) -> None:
        """Store what Salesforce told of the org's API calls."""
        write_fact(self._db, _API_USAGE, f"{usage.used} {usage.limit} {at.isoformat()}")

    def calls_made(self) -> CallsMade | None:
        """Return the API calls of the syncs of all machines that share the ledger (`add_calls`)."""
        stored = read_fact(self._db, _CALLS)
        if not stored:
            return None
        since, by_day = json.loads(stored)
        days = {date.fromisoformat(day): calls for day, calls in by_day.items()}
        return CallsMade(datetime.fromisoformat(since), days)

    def add_calls(self, calls: int, at: datetime) -> None:
        """Add the API calls of a sync that ends now (UTC)."""
        made = with_calls(self.calls_made(), calls, at, at)
        if made is not None:
            by_day = {day.isoformat(): count for day, count in made.by_day.items()}
            write_fact(self._db, _CALLS, json.dumps([made.since.isoformat(), by_day]))

    def growth(self, since: datetime, now: datetime) -> LoggedRate | None:
        """Return how much was written since a time that is logged now, None if nothing was.

        It reads all that was ever logged.
        """
        [(first, messages, tasks, chat_days)] = self._db.rows(
            """SELECT min(minute), count(*), count(DISTINCT task_id),
                      count(DISTINCT chat * 1000000 + minute / 1440)
               FROM logged WHERE minute >= ? AND run <> 0""",
            (minute_of(to_micros(since)),),
        )
        if not messages:
            return None
        days = (now - from_micros(minute_start(first))) / timedelta(days=1)
        return LoggedRate(days, messages, tasks, chat_days)

    def last_synced(self) -> Mapping[str, datetime]:
        """Return when each kind of source was last read to its end (UTC), in the order of kinds."""
        rows = self._db.rows(
            f"SELECT name, value FROM fact WHERE substr(name, 1, {len(_SYNCED)}) = ? ORDER BY name",  # noqa: S608 - a constant
            (_SYNCED,),
        )
        return {name.removeprefix(_SYNCED): datetime.fromisoformat(at) for name, at in rows}

    def save_last_synced(self, kind: str, at: datetime) -> None:
        """Store when a kind of source was read to its end."""
        write_fact(self._db, _SYNCED + kind, at.isoformat())

    # What a command that was cut off goes on with

    def begun_undo(self) -> RunId | None:
        """Return the run whose undo was begun and has not ended, None if there is none."""
        return RunId(read_fact(self._db, _UNDO)) or None

    def save_begun_undo(self, run: RunId | None) -> None:
        """Store which run is being undone; None when the undo has ended."""
        write_fact(self._db, _UNDO, run or "")

    def trial_lead(self) -> RecordId | None:
        """Return the Lead that `wasf test-lead` made, None if there is none."""
        return RecordId(read_fact(self._db, _TRIAL_LEAD)) or None

    def save_trial_lead(self, lead_id: RecordId | None) -> None:
        """Store the Lead that `wasf test-lead` made; None when it was deleted."""
        write_fact(self._db, _TRIAL_LEAD, lead_id or "")

    # What sources remember of themselves

    def source_fact(self, name: str) -> str:
        """Return what a source stored under a name that begins with its own, "" if nothing."""
        return read_fact(self._db, name)

    def save_source_facts(self, facts: Mapping[str, str]) -> None:
        """Store what sources want to remember, each under a name that begins with the source's."""
        with self._db.transaction():
            for name, value in facts.items():
                write_fact(self._db, name, value)

    def quota(self, api: ApiFacts) -> SeenQuota | None:
        """Return what a chat API told last of its quota, None if it never did."""
        return SeenQuota.from_text(self.source_fact(api.quota))

    def disconnected_accounts(self, apis: KnownApis) -> tuple[DisconnectedAccount, ...]:
        """Return our WhatsApp accounts that were disconnected when the APIs were last asked.

        `apis` return what is kept of a chat API, by its name, None if it cannot be loaded. They are
        called only where there are such accounts.
        """
        found = [facts_of() for name, facts_of in apis.items() if self._has_disconnected(name)]
        return disconnected_accounts(self.source_fact, filter(None, found))

    def _has_disconnected(self, api: str) -> bool:
        begin = f"{api}{DISCONNECTED}"  # alone, or with a blank and a part of the API behind it
        return bool(self._db.rows(FIND_BEGINNING, (begin, f"{begin}!")))


def _parts(stored: str, count: int) -> list[str]:
    """Return so many parts of a text, the last with all that is left, "" for those missing."""
    return (stored.split(" ", count - 1) + [""] * count)[:count]


def read_fact(db: Database, name: str) -> str:
    """Return the text under a name, "" if there is none."""
    rows = db.rows("SELECT value FROM fact WHERE name = ?", (name,))
    return str(rows[0][0]) if rows else ""


def read_moment(db: Database, name: str) -> datetime | None:
    """Return the moment under a name, None if there is none."""
    stored = read_fact(db, name)
    return datetime.fromisoformat(stored) if stored else None


def write_fact(db: Database, name: str, value: str) -> None:
    """Store a text under a name; "" deletes it."""
    if not value:
        db.run("DELETE FROM fact WHERE name = ?", (name,))
    elif read_fact(db, name) != value:
        db.run(
            """INSERT INTO fact (name, value) VALUES (?, ?)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
            (name, value),
        )


def turn_fact(db: Database, name: str, begin: str, *, on: bool) -> None:
    """Commit whether something is kept up to date; the statement begins it if it was not."""
    if on is bool(read_fact(db, name)):
        return
    with db.transaction():
        write_fact(db, name, "on" if on else "")
        if on:
            db.run(begin)
