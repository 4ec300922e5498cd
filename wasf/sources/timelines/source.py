"""The chats of a TimelinesAI workspace as a `Source`: asks its parts, each on its own.

A part that the plan does not include is left out and said once; the others are read. A token that
is not accepted, calls that are used up and an API that does not answer end the reading; what was
read before stays.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from wasf.core.source_state import REPORTS, ApiFacts, SeenQuota, SourceReport, reports_text
from wasf.errors import PermissionMissing, Stopped, WasfError
from wasf.interfaces import ChatReading, Reached, ReadOptions, Recall, Unreadable
from wasf.sources.api_client import ApiClient, Gone
from wasf.sources.pagination import ApiMisanswer, is_daily_due
from wasf.sources.timelines.client import FAMILIES, Family, quota_spent
from wasf.sources.timelines.model import NAME, TITLE, workspace
from wasf.sources.timelines.walk import ChatWalk, WalkOptions

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
        try:
            yield from self._quota()
            looked_back = self._recall(_LOOKED_BACK)
            is_due = is_daily_due(looked_back, self._options.now)
            looks_back = bool(looked_back) and is_due  # the first run reads everything anyway
            for family in FAMILIES:
                yield from self._part(family, looks_back=looks_back)
            if is_due:
                yield Reached({_LOOKED_BACK: self._options.now.isoformat()})
        except Stopped:
            raise
        except WasfError as error:
            yield Unreadable(TITLE, error)

    def _part(
        self, family: Family, *, looks_back: bool
    ) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield what is new in one part of the API; if it is refused, the others are read."""
        slow_calls = self._slow_calls() if looks_back else 0
        options = WalkOptions(self._options, looks_back=looks_back, slow_calls=slow_calls)
        name = f"{NAME} {_REFUSED} {family.mark}".strip()
        try:
            yield from ChatWalk(self._client, family, self._recall, options).read()
        except ApiMisanswer as error:
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
        except (PermissionMissing, Gone, ApiMisanswer):  # the chats may be there all the same
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
