"""The checks of `wasf doctor` on fields, and of the status that settings reopen Leads to."""

from collections.abc import Collection, Sequence
from typing import Final

from wasf.core.checks.org import (
    Check,
    CheckStatus,
    ObjectRights,
    ObjectUse,
    failed,
    listed,
    ok,
    skipped,
    warning,
)
from wasf.core.records import LeadStatus
from wasf.errors import BadSetting, ExitCode
from wasf.values import dataclass

_FURTHER: Final = "further fields"
_PHONES: Final = "phone fields"
_SOURCE: Final = "lead source"
_CREATED: Final = "created date"


@dataclass(frozen=True, slots=True)
class FieldFindings:
    """What settings and the org's fields come to.

    `wrong` are the settings that do not fit. `filled` are the fields that settings fill in Tasks
    and Leads, `closed` and `exact` the phone fields that no query can search, or only by equality
    (M8). `unused` are phone fields of the org's own that are not searched. `lacks_source` is the
    LeadSource of the settings where the org does not have it. `can_date`: CreatedDate of Tasks can
    be set, `dates_tasks`: it is to be (T9).
    """

    wrong: tuple[BadSetting, ...] = ()
    filled: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    lacks_source: str = ""
    can_date: bool = False
    dates_tasks: bool = False


def check_required_fields(rights: ObjectRights, use: ObjectUse, key_field: str | None) -> Check:
    """Check whether the org requires fields in new records that wasf does not fill."""
    name = f"{rights.name} required fields"
    required = [each for each, about in rights.fields.items() if about.required]
    missing = [each for each in required if not use.fills_field(each, key_field)]
    if not rights.fields:
        return skipped(name, f"The connected user does not see {rights.name}.")
    if not missing or not use.fills:
        return ok(name, "wasf fills all that the org asks for.")
    result = f"New {rights.name} records need {listed(missing)}, which wasf does not fill."
    values = ", ".join(f"{one}=VALUE" for one in missing)
    fix = (
        f'To fill them: wasf config set {use.name.lower()}.fields "{values}". Or an administrator'
        " gives a default value."
    )
    if use.needed:
        return Check(name, CheckStatus.FAILED, result, fix, ExitCode.REFUSED)
    return warning(name, result, f"{fix} Without new Leads: wasf config set lead.auto_create false")


def check_fields_of_settings(found: FieldFindings) -> tuple[Check, ...]:
    """Check the fields that settings name (F3), phones (M8), LeadSource (L1), CreatedDate (T9)."""
    return _further_fields(found), _phone_fields(found), _lead_source(found), _created_date(found)


def _further_fields(found: FieldFindings) -> Check:
    if found.wrong:
        return failed(_FURTHER, found.wrong[0])
    if not found.filled:
        return ok(_FURTHER, "None is chosen.")
    return ok(_FURTHER, f"The settings fill {listed(found.filled)}.")


def _phone_fields(found: FieldFindings) -> Check:
    told = []
    if found.closed:
        told.append(f"No query can search {listed(found.closed)} (encrypted).")
    if found.exact:
        told.append(
            f"{listed(found.exact)}: encrypted, so only the usual spellings of a number are found."
        )
    if told:
        fix = (
            "Salesforce's search index is asked for the rest. An administrator can encrypt these"
            " fields deterministically, and type numbers as +447700900123."
        )
        return warning(_PHONES, " ".join(told), fix)
    if found.unused:
        more = f"not searched: {listed(found.unused)} (wasf config set phone_fields …)"
        return ok(_PHONES, f"All standard ones can be searched; {more}.")
    return ok(_PHONES, "All can be searched.")


def _lead_source(found: FieldFindings) -> Check:
    if not found.lacks_source:
        return ok(_SOURCE, "The org takes the LeadSource of new Leads, or none is chosen.")
    return warning(
        _SOURCE,
        f"LeadSource does not have the value {found.lacks_source}: new Leads go without it.",
        "An administrator adds it in Setup, Object Manager, Lead; or choose one that the org has:"
        " wasf config set lead.source VALUE",
    )


def _created_date(found: FieldFindings) -> Check:
    if found.can_date:
        if found.dates_tasks:
            return ok(_CREATED, "Tasks have the time of their message.")
        return ok(
            _CREATED,
            "Tasks have the time at which they are written. The org lets them have the time of"
            " their message: wasf config set task.created_date message",
        )
    written = "Tasks have the time at which they are written"
    if not found.dates_tasks:
        return ok(_CREATED, f"{written}.")
    return warning(
        _CREATED,
        f"{written}: the connected user may not set another.",
        "An administrator enables audit fields in Setup, User Interface, and grants Set Audit"
        " Fields upon Record Creation in a permission set.",
    )


def reopen_status_problem(
    wanted: str, statuses: Sequence[LeadStatus], closed: Collection[str] | None
) -> str:
    """Return why no Lead can be reopened to the status of that name (M5), "" if one can.

    `closed` are the closed statuses of the settings, see `LeadStatus.means_closed`.
    """
    folded = None if closed is None else {each.casefold() for each in closed}
    for status in statuses:
        if wanted.casefold() in (status.api_name.casefold(), status.label.casefold()):
            is_closed = status.is_converted or status.means_closed(folded)
            return (
                f"{status.api_name} counts as closed, so no Lead is reopened." if is_closed else ""
            )
    if not wanted or not statuses:
        return ""
    names = ", ".join(status.api_name for status in statuses if not status.is_converted)
    return f"The org has no Lead status {wanted}. It has {names}."
