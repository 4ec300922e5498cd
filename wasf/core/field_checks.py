"""The checks of `wasf doctor` on fields: required ones, those of settings, and phone numbers."""

from dataclasses import dataclass
from typing import Final

from wasf.core.checks import (
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
from wasf.errors import BadSetting, ExitCode

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
