"""What `wasf doctor` has to know of an org: read in three calls, nothing written."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from wasf.core.auth import UserId
from wasf.core.checks import FieldSeen, Greeting, Need, ObjectSeen, OrgSeen
from wasf.interfaces import ApiUsage, KeyField
from wasf.retry import Timeouts
from wasf.salesforce.api import (
    API_VERSION,
    RETRY,
    ApiBudget,
    CompositePart,
    Object,
    Query,
    RestClient,
    as_objects,
    flag,
    only_our_errors,
    read_together,
    read_versions,
    rows_of,
    text,
)
from wasf.salesforce.auth.identity import ORGANIZATION, identity_in, user_by_id
from wasf.salesforce.connection import Access, checked_url
from wasf.salesforce.describe import Description, key_field_or_none
from wasf.salesforce.key_proof import prove
from wasf.salesforce.objects import (
    CONTACT,
    LEAD,
    LEAD_CHANGE_FIELDS,
    LEAD_STATUS,
    NEW_LEAD_FIELDS,
    TASK_FIELDS,
    TASK_STATUS,
    USER,
    written_names,
)
from wasf.salesforce.queries import LEAD_STATUSES, TASK_STATUSES

_RETRY: Final = replace(RETRY, attempts=2)
_TIMEOUTS: Final = Timeouts(connect=5.0, read=30.0)
_NAMES: Final = ("Task", "Lead", "Contact", "User", "LeadStatus", "TaskStatus")
_RULES: Final = Query(
    "SELECT MasterLabel FROM DuplicateRule", ("(SobjectType = 'Lead' AND IsActive = true)",)
)


@dataclass(frozen=True, slots=True)
class RequiredAccess:
    """What the settings ask of an org."""

    key_field: str
    link_field: str
    creates_leads: bool


class OrgCheckup:
    """Asks one org. All methods raise a `WasfError` if there is no answer."""

    def __init__(
        self, address: str, access: Access, wanted: RequiredAccess, now: Callable[[], datetime]
    ) -> None:
        self.address = address
        self._access = access
        self._wanted = wanted
        self._now = now
        self._budget = ApiBudget()
        self._client: RestClient | None = None

    @property
    def usage(self) -> ApiUsage | None:
        """What Salesforce said last of the calls used."""
        return self._budget.usage

    def greet(self) -> Greeting:
        """Ask for the versions that the address offers; the token is left out."""
        with only_our_errors():
            before = self._now()
            answer = read_versions(checked_url(self.address), _TIMEOUTS)
            middle = before + (self._now() - before) / 2
            versions = {text(one, "version") for one in as_objects(answer.value, "the versions")}
        return Greeting(API_VERSION in versions, _ahead(middle, answer.date))

    def sign_in(self) -> UserId:
        """Use the sign-in once; who it is."""
        with only_our_errors():
            return UserId(identity_in(self._asking().read(""))[1])

    def look(self, user_id: UserId) -> OrgSeen:
        """All that can be seen of the org, in one call."""
        queries = [LEAD_STATUSES, TASK_STATUSES, _RULES, user_by_id(user_id), ORGANIZATION]
        paths = [f"sobjects/{name}/describe" for name in _NAMES]
        with only_our_errors():
            answers = read_together(self._asking(), paths + [query.path for query in queries])
            described = [
                Description.of_part(name, part) for name, part in zip(_NAMES, answers, strict=False)
            ]
            lead_rows, task_rows, rules, users, orgs = map(self._rows, answers[len(_NAMES) :])
        key = key_field_or_none(described[0], self._wanted.key_field)
        return OrgSeen(
            name=_first(orgs, "Name"),
            is_sandbox=bool(orgs and flag(orgs[0], "IsSandbox")),
            username=_first(users, "Username"),
            objects={each.name: _seen(each) for each in described},
            needs=_needs(self._wanted, described[1]),
            statuses={
                "LeadStatus": tuple(text(row, "ApiName") for row in lead_rows or ()),
                "TaskStatus": tuple(
                    text(row, "ApiName") for row in task_rows or () if flag(row, "IsClosed")
                ),
            },
            duplicate_rules=None
            if rules is None
            else tuple(text(row, "MasterLabel") for row in rules),
            key_field=key.name if key else None,
            key_is_unique=bool(key and key.is_unique),
        )

    def prove(self, user_id: UserId, field: str, *, is_unique: bool) -> None:
        """Write a Task with a key, find it, try to write it again, delete it."""
        with only_our_errors():
            prove(self._asking(), KeyField(field, is_unique), user_id)

    def _asking(self) -> RestClient:
        if self._client is None:
            self._client = RestClient(self._access, self._budget, _RETRY, _TIMEOUTS)
        return self._client

    def _rows(self, part: CompositePart) -> list[Object] | None:
        """A query's rows; None where the user may not ask it."""
        if part.status in (400, 403, 404):
            return None
        return list(rows_of(self._asking(), part.value()))


def _ahead(ours: datetime, theirs: str) -> timedelta | None:
    try:
        told = parsedate_to_datetime(theirs)
    except ValueError:
        return None
    return ours - (told if told.tzinfo else told.replace(tzinfo=UTC))


def _first(rows: list[Object] | None, name: str) -> str:
    return text(rows[0], name) if rows else ""


def _seen(described: Description) -> ObjectSeen:
    return ObjectSeen(
        described.name,
        described.queryable,
        described.createable,
        described.updateable,
        {name: _field(about) for name, about in described.fields.items()},
    )


def _field(about: Object) -> FieldSeen:
    optional = flag(about, "nillable") or flag(about, "defaultedOnCreate")
    filled = optional or about.get("type") == "boolean"
    return FieldSeen(
        createable=flag(about, "createable"),
        updateable=flag(about, "updateable"),
        required=flag(about, "createable") and not filled,
        unique=flag(about, "unique"),
    )


def _needs(wanted: RequiredAccess, lead: Description) -> tuple[Need, ...]:
    """What a sync does with each object. A link field that is not there is another matter."""
    link = (wanted.link_field,) if wanted.link_field in lead.fields else ()
    return (
        Need("Task", reads=("Id",), fills=written_names(TASK_FIELDS)),
        Need(
            "Lead",
            reads=LEAD.names,
            fills=(*written_names(NEW_LEAD_FIELDS), *link) if wanted.creates_leads else (),
            changes=(*written_names(LEAD_CHANGE_FIELDS), *link),
            needed=False,
            useful=LEAD.phones,
        ),
        Need("Contact", reads=CONTACT.names, useful=CONTACT.phones),
        *(Need(one.name, reads=one.names) for one in (USER, LEAD_STATUS, TASK_STATUS)),
    )
