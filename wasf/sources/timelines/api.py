"""A TimelinesAI workspace that wasf is connected to, as a `ChatApi`, and its chats as a `Source`.

A part that the plan does not include is left out and said once; the others are read. A token that
is not accepted, calls that are used up and an API that does not answer end the reading; what was
read before stays.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from wasf.core.source_state import REPORTS, ApiFacts, SeenQuota, SourceReport, reports_text
from wasf.errors import (
    NotConnected,
    PermissionMissing,
    QuotaSpent,
    UnreadableFile,
    WasfError,
)
from wasf.http import BearerAuth
from wasf.interfaces import (
    ApiConnection,
    ChatReading,
    HookSecrets,
    Json,
    Reached,
    ReadOptions,
    Recall,
    Unreadable,
    Workspace,
)
from wasf.sources.addresses import hook_address, service_address
from wasf.sources.api_client import ApiAnswer, ApiClient, Gone, Refusal, unusable
from wasf.sources.api_errors import UnexpectedResponse, until_error
from wasf.sources.lenient_json import as_object, one_line, plain_word, text
from wasf.sources.pagination import is_daily_due
from wasf.sources.timelines.model import FAMILIES, NAME, TITLE, Family, file_link, workspace
from wasf.sources.timelines.walk import ChatWalk, accounts_of

# --- Answers -------------------------------------------------------------------------------------

_QUOTA: Final = "quota_exceeded"
_UNKNOWN: Final = frozenset({404, 400})
_LONGEST_WORDS: Final = 200


def timelines_client(connection: ApiConnection) -> ApiClient:
    """Return the client of a workspace. Its methods return what `data` of an answer holds.

    Raise `BadSetting` if the token would go to the address without TLS.

    They raise `NotConnected` for a token that is not accepted, `QuotaSpent` when the month's calls
    are used up, `PermissionMissing`, `Gone`, and `Unreachable` if trying again did not help.
    """
    auth = BearerAuth(connection.token.reveal)
    url = service_address(connection.url, TITLE, "WASF_TIMELINES_URL")
    return ApiClient(TITLE, url, auth, connection.limiter, _data)


def _data(answer: ApiAnswer) -> Json:
    body = as_object(answer.body)
    if answer.status in (200, 201) and body.get("status") == "ok":
        return body.get("data")
    raise refusal(answer)


def refusal(answer: ApiAnswer) -> Refusal:
    """Return what an answer means that is no success; the API's code counts before its status."""
    shown = as_object(answer.body)
    code = text(shown, "error_code")
    words = one_line(text(shown, "message"))[:_LONGEST_WORDS]
    said = f"{words} ({code})" if words and code else words or code
    if code == _QUOTA:
        return Refusal(quota_spent(""), may_pass=False, said=said)
    if answer.status == 401:
        told = f"{TITLE} does not accept the API token; somebody may have made a new one."
        return Refusal(NotConnected(told, "wasf connect timelines"), may_pass=False)
    if answer.status == 403 and code:
        error = PermissionMissing(
            f"{TITLE} refuses to answer ({plain_word(code, '?')}).",
            "Its token, or your plan, does not allow what a sync reads.",
        )
        return Refusal(error, may_pass=False, said=said)
    if answer.status in _UNKNOWN:
        gone = Gone(f"{TITLE} does not know what was asked for (HTTP {answer.status}).")
        return Refusal(gone, may_pass=False, said=said)
    return unusable(TITLE, answer)


def quota_spent(until: str) -> QuotaSpent:
    """Return the error for a month whose calls are used up.

    `until` says when new ones begin, "" if that is not known.
    """
    return QuotaSpent(
        "The workspace's API calls of this month are used up.",
        f"The next sync after {until} goes on." if until else "The next month's sync goes on.",
    )


# --- The source ----------------------------------------------------------------------------------

_FACTS: Final = ApiFacts(NAME, TITLE)
_DAY: Final = timedelta(days=1)
_LOOKED_BACK: Final = f"{NAME} looked back"
_REFUSED: Final = "refused"
_SLOW_CALLS: Final = 100  # a day, for chats that look unchanged
_SLOW_SHARE: Final = 0.1  # of the calls that are left until the end of the period, at most


class TimelinesSource:
    """See `Source`. A request that fails for good ends the reading; what was read before stays."""

    kind = NAME

    def __init__(self, client: ApiClient, recall: Recall, options: ReadOptions) -> None:
        self._client = client
        self._recall = recall
        self._options = options

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield what is new of every chat, and in the end how far that is."""
        return until_error(TITLE, self._readings())

    def _readings(self) -> Iterator[ChatReading | Unreadable | Reached]:
        yield from self._quota()
        looked_back = self._recall(_LOOKED_BACK)
        is_due = is_daily_due(looked_back, self._options.now)
        looks_back = bool(looked_back) and is_due  # the first run reads everything anyway
        for family in FAMILIES:
            yield from self._part(family, looks_back=looks_back)
        if is_due:
            yield Reached({_LOOKED_BACK: self._options.now.isoformat()})

    def _part(
        self, family: Family, *, looks_back: bool
    ) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield what is new in one part of the API; if it is refused, the others are read."""
        slow_calls = self._slow_calls() if looks_back else None
        name = f"{NAME} {_REFUSED} {family.mark}".strip()
        try:
            yield from ChatWalk(
                self._client, family, self._recall, self._options, slow_calls
            ).read()
        except UnexpectedResponse as error:
            yield Unreadable(TITLE, error)
        except (PermissionMissing, Gone) as error:
            if not family.is_optional:
                yield Unreadable(TITLE, error)
            elif self._recall(name) != error.message:
                yield Unreadable(TITLE, _left_out(family, error), is_failure=False)
                report = SourceReport(TITLE, family.title, "", error.message, self._options.now)
                yield self._reported(report, name)
        else:
            if self._recall(name):
                yield self._reported(SourceReport(TITLE, family.title, "", ""), name)

    def _reported(self, report: SourceReport, name: str) -> Reached:
        """Keep or end a report, and whether the part was refused, under `name`."""
        reports = reports_text(self._recall(REPORTS), [report])
        return Reached({REPORTS: reports, name: report.text})

    def _quota(self) -> Iterator[Reached]:
        """Ask once a day, and in each run when little is left, how many calls are left."""
        seen = SeenQuota.from_text(self._recall(_FACTS.quota))
        if seen is not None and not seen.is_due(self._options.now):
            return
        try:
            quota = workspace(self._client.get("/workspace")).quota
        except (PermissionMissing, Gone, UnexpectedResponse):  # the chats may be there all the same
            return
        if quota is None:
            return
        yield Reached({_FACTS.quota: SeenQuota(quota, self._options.now).as_text()})
        if quota.used >= quota.total:
            raise quota_spent(f"{quota.end:%Y-%m-%d}")

    def _slow_calls(self) -> int:
        """Return how many calls may be spent today on chats that look unchanged."""
        seen = SeenQuota.from_text(self._recall(_FACTS.quota))
        if seen is None:
            return _SLOW_CALLS
        days = max(1, (seen.quota.end - self._options.now) // _DAY)
        left = max(0, seen.quota.total - seen.quota.used)
        return min(_SLOW_CALLS, int(left * _SLOW_SHARE / days))


def _left_out(family: Family, error: WasfError) -> WasfError:
    """Return what to say of a part that is left out, once."""
    told = f"The {family.title} of {TITLE} are not read. {error.message}"
    return WasfError(told, "Everything else is read; wasf status shows it as long as it is so.")


# --- The workspace -------------------------------------------------------------------------------

EVENTS: Final = (
    "message:new",
    "call:incoming:missed",
    "call:incoming:ended",
    "call:outgoing:ended",
    "waba:message:received",
    "waba:message:delivered",
    "waba:message:failed",
)
"""Everything that brings a message; each kind is a webhook of its own there."""


class TimelinesApi:
    """See `ChatApi`; each method raises as `timelines_client` says."""

    def __init__(self, connection: ApiConnection) -> None:
        self.client = timelines_client(connection)

    def workspace(self) -> Workspace:
        """Return the workspace with all its numbers."""
        found = workspace(self.client.get("/workspace"))
        accounts = [one for part in FAMILIES for one in accounts_of(self.client, part).values()]
        return replace(found, accounts=tuple(accounts))

    def source(self, recall: Recall, options: ReadOptions) -> TimelinesSource:
        """Return the chats of all numbers."""
        return TimelinesSource(self.client, recall, options)

    def read_file(self, place: str, largest: int) -> bytes:
        """Return the file of the message at that path. Links live for a quarter of an hour."""
        try:
            link = file_link(self.client.get(place))
        except Gone:
            raise UnreadableFile(f"{TITLE} no longer has a message's file.") from None
        return self.client.download(link, largest)

    def register(self, url: str, secrets: HookSecrets) -> int:
        """Create the webhooks, or switch them on again.

        Raise `PermissionMissing` with the API's own words if it refuses some of them: a workspace
        has only so many. What was created stays, and doing it again creates the rest.
        """
        address = hook_address(url, TITLE)
        endpoint = f"{address}/{NAME}?secret={quote(secrets.own().reveal(), safe='')}"
        for done, event in enumerate(EVENTS):
            value = {"event_type": event, "url": endpoint, "enabled": True}
            try:
                self.client.post("/webhooks", value)
            except (Gone, PermissionMissing, QuotaSpent) as error:
                raise _not_registered(error, done) from error
        return len(EVENTS)


def _not_registered(error: WasfError, done: int) -> PermissionMissing:
    """Return the error for webhooks that are refused after so many were created."""
    refusal = error.__cause__
    said = refusal.said if isinstance(refusal, Refusal) else ""
    there = f"{', '.join(EVENTS[:done])} are registered" if done else "none is registered"
    return PermissionMissing(
        f"{TITLE} refuses a webhook: {said or error.message}. Of {len(EVENTS)} kinds {there};"
        f" {', '.join(EVENTS[done:])} are not.",
        "A workspace has only so many webhooks: remove some in TimelinesAI (Integrations,"
        " Webhooks), then run it again. Until then wasf sync and the poll of wasf listen read"
        " the rest.",
    )
