"""What `wasf doctor` must know of an org: read in six calls at most, nothing written."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from wasf.core.auth import UserId
from wasf.core.checks import (
    DataStorage,
    FieldFindings,
    FieldRights,
    Greeting,
    ObjectRights,
    ObjectUse,
    OrgSnapshot,
    Sharing,
)
from wasf.core.fields import (
    RECORD_TYPE,
    RECORD_TYPE_ID,
    DescribedField,
    DescribedObject,
    FilledField,
)
from wasf.core.records import RecordType
from wasf.errors import BadSetting, WasfError
from wasf.interfaces import ApiUsage, KeyField
from wasf.retry import Timeouts
from wasf.salesforce.api import (
    RETRY,
    ApiBudget,
    CompositePart,
    Object,
    Query,
    RequestFailed,
    RestClient,
    as_object,
    by_values,
    condition,
    flag,
    identity_in,
    only_our_errors,
    read_together,
    read_versions,
    rows_of,
    select,
    text,
    try_queries,
)
from wasf.salesforce.auth import ORGANIZATION, user_by_id
from wasf.salesforce.connection import Access, ApiVersion, checked_url
from wasf.salesforce.describe import (
    DEFAULT_ACCESS,
    LEAD_STATUSES,
    TASK_STATUSES,
    Description,
    WantedFields,
    default_access,
    is_required,
    key_field_or_none,
    lacks_lead_source,
    lead_fields,
    task_fields,
)
from wasf.salesforce.key_field import prove
from wasf.salesforce.message_fields import check_last_message_fields
from wasf.salesforce.objects import (
    ACCOUNT,
    CONTACT,
    LAST_MESSAGE_FIELDS,
    LEAD,
    LEAD_CHANGE_FIELDS,
    LEAD_STATUS,
    NEW_LEAD_FIELDS,
    PEOPLE,
    TASK_FIELDS,
    TASK_STATUS,
    USER,
    needed_names,
    written_names,
)
from wasf.salesforce.stored_records import sets_with_all_data
from wasf.values import dataclass

_RETRY: Final = replace(RETRY, attempts=2)
_TIMEOUTS: Final = Timeouts(connect=5.0, read=30.0)
_NAMES: Final = ("Task", "Lead", "Contact", "User", "LeadStatus", "TaskStatus")
_RULES: Final = Query(
    "SELECT MasterLabel FROM DuplicateRule", ("(SobjectType = 'Lead' AND IsActive = true)",)
)
_SETS: Final = select(("PermissionSetId",), "PermissionSetAssignment")
_RIGHTS: Final = select(("SobjectType", "PermissionsViewAllRecords"), "ObjectPermissions")


@dataclass(frozen=True, slots=True)
class RequiredAccess:
    """What the settings need of an org: the fields that they name, and new Leads."""

    key_field: str
    link_field: str
    creates_leads: bool
    fields: WantedFields = field(default_factory=WantedFields)


class OrgCheckup:
    """One org that is checked. All methods raise a `WasfError` if there is no answer."""

    def __init__(
        self, address: str, access: Access, wanted: RequiredAccess, now: Callable[[], datetime]
    ) -> None:
        self.address = address
        self._access = access
        self._wanted = wanted
        self._now = now
        self._budget = ApiBudget()
        self._version = ApiVersion()
        self._client: RestClient | None = None
        self._described: list[Description] = []

    @property
    def usage(self) -> ApiUsage | None:
        """The API calls used, as Salesforce said last; None before the first answer."""
        return self._budget.usage

    def greet(self) -> Greeting:
        """Return what the address tells anybody: the versions it offers, and its time."""
        with only_our_errors():
            before = self._now()
            answer = read_versions(checked_url(self.address), _TIMEOUTS)
            middle = before + (self._now() - before) / 2
        unusable = None
        try:
            self._version.choose(answer.versions)
        except WasfError as error:
            unusable = error
        return Greeting(unusable, _ahead(middle, answer.date))

    def sign_in(self) -> UserId:
        """Use the sign-in once; return whose it is."""
        with only_our_errors():
            return UserId(identity_in(self._rest().read(""))[1])

    def field_findings(self) -> FieldFindings:
        """Return what the fields that settings name come to. Call `snapshot` first."""
        task, lead, contact = self._described[:3]
        return _findings(task.settings, lead.settings, contact.settings, self._wanted.fields)

    def snapshot(self, user_id: UserId) -> OrgSnapshot:
        """Return what the user sees of the org, in three or four calls."""
        queries = [LEAD_STATUSES, TASK_STATUSES, _RULES, user_by_id(user_id), ORGANIZATION]
        names = (*_NAMES, ACCOUNT.name) if self._wanted.fields.needs_accounts else _NAMES
        paths = [f"sobjects/{name}/describe" for name in names]
        with only_our_errors():
            answers = read_together(self._rest(), paths + [query.path for query in queries])
            described = [
                Description.of_part(name, part) for name, part in zip(names, answers, strict=False)
            ]
            self._described = described
            lead_rows, task_rows, rules, users, orgs = map(self._rows, answers[len(names) :])
            storage, sharing = self._storage(), self._sharing(user_id)
        key = key_field_or_none(described[0], self._wanted.key_field)
        return OrgSnapshot(
            name=_first(orgs, "Name"),
            is_sandbox=bool(orgs and flag(orgs[0], "IsSandbox")),
            username=_first(users, "Username"),
            objects={each.name: _rights(each) for each in described},
            uses=_uses(self._wanted, described[0], described[1]),
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
            lead_statuses=tuple(map(LEAD_STATUS.parse, lead_rows or ())),
            storage=storage,
            sharing=sharing,
        )

    def _storage(self) -> DataStorage | None:
        """Return how much data storage is left, None if the user may not see it."""
        try:
            limits = as_object(self._rest().read("limits"), "the limits")
            found = as_object(limits.get("DataStorageMB"), "a limit")
        except RequestFailed:
            return None
        match found.get("Remaining"), found.get("Max"):
            case int(left), int(total):
                return DataStorage(left, total)
        return None

    def _sharing(self, user_id: UserId) -> Sharing | None:
        """Return who sees Leads and Contacts, None if the user may not see the defaults."""
        of_user = condition("AssigneeId", "=", user_id)
        queries = [DEFAULT_ACCESS, Query(_SETS, (of_user,)), *_of_others(user_id)]
        orgs, sets, users, tasks, all_data = (
            self._rows(part)
            for part in read_together(self._rest(), [query.path for query in queries])
        )
        if not orgs:
            return None
        sees_none = bool(users) and tasks == [] and not all_data
        return replace(self._shared(orgs, sets), no_tasks_of_others=sees_none)

    def _shared(self, orgs: Sequence[Object], sets: Sequence[Object] | None) -> Sharing:
        defaults = default_access(orgs[0])
        if not sets or "None" not in defaults.values():
            return Sharing(defaults, frozenset() if sets is not None else None)
        parents = {text(row, "PermissionSetId") for row in sets}
        rights, failures = try_queries(self._rest(), by_values(_RIGHTS, "ParentId", parents))
        if failures:
            return Sharing(defaults, None)
        rows = [row for row in rights if flag(row, "PermissionsViewAllRecords")]
        return Sharing(defaults, frozenset(text(row, "SobjectType") for row in rows))

    def prove(self, user_id: UserId, field: str, *, is_unique: bool) -> None:
        """Try the key field with a Task: see `key_field`."""
        with only_our_errors():
            prove(self._rest(), KeyField(field, is_unique), user_id)

    def _rest(self) -> RestClient:
        if self._client is None:
            self._client = RestClient(self._access, self._budget, _RETRY, _TIMEOUTS, self._version)
        return self._client

    def _rows(self, part: CompositePart) -> list[Object] | None:
        """Return a query's rows, None where the user may not ask it."""
        if part.status in (400, 403, 404):
            return None
        return list(rows_of(self._rest(), part.value()))


def _of_others(user_id: UserId) -> tuple[Query, ...]:
    """Return queries for another user, a Task of another one, and the right to see all of them."""
    is_user = f"IsActive = true AND UserType = 'Standard' AND {condition('Id', '!=', user_id)}"
    is_task = condition("OwnerId", "!=", user_id)
    return (
        Query(select(("Id",), USER.name), (f"{is_user} LIMIT 1",)),
        Query(select(("Id",), "Task"), (f"{is_task} LIMIT 1",), deleted_too=True),
        sets_with_all_data(user_id),
    )


def _ahead(ours: datetime, theirs: str) -> timedelta | None:
    """Return how far our clock is ahead of a Date header, None where there is none."""
    try:
        told = parsedate_to_datetime(theirs)
    except ValueError:
        return None
    return ours - (told if told.tzinfo else told.replace(tzinfo=UTC))


def _first(rows: list[Object] | None, name: str) -> str:
    return text(rows[0], name) if rows else ""


def _rights(described: Description) -> ObjectRights:
    return ObjectRights(
        described.name,
        described.queryable,
        described.createable,
        described.updateable,
        {name: _field(about) for name, about in described.fields.items()},
    )


def _field(about: Object) -> FieldRights:
    return FieldRights(
        createable=flag(about, "createable"),
        updateable=flag(about, "updateable"),
        required=is_required(about),
        unique=flag(about, "unique"),
    )


def _uses(wanted: RequiredAccess, task: Description, lead: Description) -> tuple[ObjectUse, ...]:
    """Return what a sync does with each object. Other checks tell of fields that are missing."""
    link = (wanted.link_field,) if wanted.link_field in lead.fields else ()
    of_task = _filled(wanted.fields.task_fields, task)
    of_lead = _filled(wanted.fields.lead_fields, lead)
    of_new = (*written_names(NEW_LEAD_FIELDS), *of_lead, *link)
    account = ObjectUse(ACCOUNT.name, reads=(*ACCOUNT.names, *ACCOUNT.phones))
    return (
        ObjectUse(
            "Task",
            reads=("Id",),
            fills=(*needed_names(TASK_FIELDS), *of_task),
            changes=("Status",) if wanted.fields.closes_tasks else (),
            without="Tasks that ask for an answer (report.task) stay open.",
        ),
        ObjectUse(
            "Lead",
            reads=LEAD.names,
            fills=of_new if wanted.creates_leads else (),
            changes=(*written_names(LEAD_CHANGE_FIELDS), *link),
            needed=False,
            useful=LEAD.phones,
        ),
        ObjectUse("Contact", reads=CONTACT.names, useful=CONTACT.phones),
        *(ObjectUse(one.name, reads=one.names) for one in (USER, LEAD_STATUS, TASK_STATUS)),
        *([account] if wanted.fields.needs_accounts else []),
    )


def _filled(mapping: Iterable[str], described: Description) -> list[str]:
    """Return the fields that a setting fills, by their names in describe."""
    names = (RECORD_TYPE_ID if name == RECORD_TYPE else name for name in mapping)
    return [name for name in names if name in described.fields]


# --- Fields that settings name -------------------------------------------------------------------


def _findings(
    task: DescribedObject, lead: DescribedObject, contact: DescribedObject, wanted: WantedFields
) -> FieldFindings:
    """Return what the fields that settings name come to."""
    filled, wrong = _checked_fields(task, lead, contact, wanted)
    phones, unused = _phone_fields(lead, contact, wanted)
    created = task.fields.get("CreatedDate")
    return FieldFindings(
        can_date=created is not None and created.createable,
        dates_tasks=wanted.dates_tasks,
        wrong=wrong,
        filled=filled,
        closed=tuple(name for name, one in phones if not one.is_filterable),
        exact=tuple(name for name, one in phones if one.is_filterable and one.is_encrypted),
        unused=unused,
        lacks_source=wanted.lead_source if lacks_lead_source(lead, wanted.lead_source) else "",
    )


def _checked_fields(
    task: DescribedObject, lead: DescribedObject, contact: DescribedObject, wanted: WantedFields
) -> tuple[tuple[str, ...], tuple[BadSetting, ...]]:
    """Return the fields that are filled, and what is wrong with settings that name others."""
    wrong: list[BadSetting] = []
    filled: list[str] = []
    checks: list[tuple[str, Callable[[], Iterable[FilledField]]]] = [
        ("Task", lambda: task_fields(task, wanted)),
        ("Lead", lambda: lead_fields(lead, wanted)),
    ]
    for name, check in checks:
        try:
            filled += [f"{name}.{one.field.name}" for one in check()]
        except BadSetting as error:
            wrong.append(error)
    try:
        for described in (contact, lead) if wanted.tells_last else ():
            check_last_message_fields(described)
            filled += [f"{described.name}.{one}" for one in written_names(LAST_MESSAGE_FIELDS)]
    except BadSetting as error:
        wrong.append(error)
    return tuple(filled), tuple(wrong)


def _phone_fields(
    lead: DescribedObject, contact: DescribedObject, wanted: WantedFields
) -> tuple[list[tuple[str, DescribedField]], tuple[str, ...]]:
    """Return the fields that are searched for numbers, and custom ones for numbers that are not."""
    fields = [
        (f"{of.name}.{one.name}", one, PEOPLE[kind].phones)
        for of, kind in ((contact, RecordType.CONTACT), (lead, RecordType.LEAD))
        for one in of.fields.values()
    ]
    searched = [
        (name, one)
        for name, one, usual in fields
        if one.name in usual or name in wanted.phone_fields
    ]
    known = {name for name, _ in searched}
    custom = [name for name, one, _ in fields if one.type == "phone" and one.name.endswith("__c")]
    return searched, tuple(name for name in custom if name not in known)
