"""The checks of `wasf doctor` on an org: what a sync needs, and how to fix what is missing.

An org is described by an `OrgSnapshot`, as the connected user sees it; each function compares one
part of it with what wasf does, and returns a `Check`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from wasf.core.records import TASK_KB, LeadStatus
from wasf.errors import ExitCode, WasfError
from wasf.values import dataclass

_CLOCK_TOLERANCE: Final = timedelta(minutes=1)
_FEW_CALLS: Final = 0.1  # of the limit
_FEW_TASKS: Final = 2_000
_PRIVATE: Final = "None"
_INSTALL: Final = "wasf doctor --install-key-field"
_NOT_UNIQUE: Final = (
    "where an outcome is unknown, wasf looks in Salesforce before it sends anything again, and"
    " waits for the time of the setting quarantine. Not covered: two machines that log one chat at"
    " once, a lost ledger, and a request that Salesforce finishes later than that"
)
_NO_TASKS_OF_OTHERS: Final = (
    "The connected user sees no Task of another user: there is none yet, or they are private."
)
_SHOW_TASKS: Final = (
    "What is logged for another owner can then not be checked or undone, and waits where nobody"
    f" knows whether it was written. An administrator grants View All Data; and {_INSTALL} makes a"
    " unique key field, with which nothing is in doubt for long."
)
_ALL_THERE: Final = "All rights and fields that wasf uses are there."


# --- An org as its connected user sees it ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldRights:
    """What the user may do with a field; `required` if no record can be created without it."""

    createable: bool
    updateable: bool
    required: bool
    unique: bool = False


@dataclass(frozen=True, slots=True)
class ObjectRights:
    """What the user may do with an object, and its visible fields; none if it is not visible."""

    name: str
    queryable: bool = False
    createable: bool = False
    updateable: bool = False
    fields: Mapping[str, FieldRights] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObjectUse:
    """What wasf does with an object: fields that it reads, fills in new records, and changes.

    `needed` says whether a sync is impossible without filling; without changing it never is, and
    `without` says what holds then. `useful` are fields that wasf reads if it may.
    """

    name: str
    reads: Collection[str]
    fills: Collection[str] = ()
    changes: Collection[str] = ()
    needed: bool = True
    useful: Collection[str] = ()
    without: str = "Chats that need it wait."

    def fills_field(self, name: str, key_field: str | None) -> bool:
        """Return whether wasf fills this field of a new record; Tasks get a key, too."""
        return name in self.fills or (self.name == "Task" and name == key_field)


@dataclass(frozen=True, slots=True)
class Greeting:
    """What an org's address tells without a sign-in.

    `unusable` is why wasf speaks none of the versions of the API there, None if it does. `ahead` is
    how far this machine's clock is ahead of the org's, None if the org tells no time.
    """

    unusable: WasfError | None
    ahead: timedelta | None


class DataStorage(NamedTuple):
    """How many MB of an org's data storage are left, of how many."""

    left: int
    total: int


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who sees Leads and Contacts: the org-wide defaults, and where the user sees all of them.

    `defaults` are as in Organization ("None": private); an object that is not there is not known.
    `sees_all` is None if that is not known. `no_tasks_of_others`: there are other users, and the
    connected one sees no Task of theirs.
    """

    defaults: Mapping[str, str]
    sees_all: frozenset[str] | None
    no_tasks_of_others: bool = False


@dataclass(frozen=True, slots=True)
class OrgSnapshot:
    """An org as its connected user sees it.

    `uses` is what wasf does there. `statuses` are the usable values of LeadStatus and TaskStatus.
    `duplicate_rules` is None if they are not visible, `key_field` if no field can hold the key.
    """

    name: str
    is_sandbox: bool
    username: str
    objects: Mapping[str, ObjectRights]
    uses: tuple[ObjectUse, ...]
    statuses: Mapping[str, tuple[str, ...]]
    duplicate_rules: tuple[str, ...] | None
    key_field: str | None
    key_is_unique: bool
    lead_statuses: tuple[LeadStatus, ...] = ()
    storage: DataStorage | None = None
    sharing: Sharing | None = None


# --- Checks ------------------------------------------------------------------------------------


class CheckStatus(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its result and, if it is a warning or failed, how to fix it.

    `code` is the exit code of a sync that fails because of it.
    """

    name: str
    status: CheckStatus
    result: str
    fix: str = ""
    code: ExitCode = ExitCode.FAILED


@dataclass(frozen=True, slots=True)
class SetupStep:
    """A step of making the key field that is done; `made` is False if it existed before."""

    name: str
    result: str
    made: bool


def ok(name: str, result: str) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name, CheckStatus.OK, result)


def warning(name: str, result: str, fix: str) -> Check:
    """Return a check that found something that a sync can live with, at a price."""
    return Check(name, CheckStatus.WARNING, result, fix)


def failed(name: str, error: WasfError) -> Check:
    """Return a check that found an error which makes a sync impossible."""
    result = error.message if error.message.endswith(".") else f"{error.message}."
    return Check(name, CheckStatus.FAILED, result, error.hint, error.exit_code)


def skipped(name: str, why: str) -> Check:
    """Return a check that could not be done, because another one failed."""
    return Check(name, CheckStatus.SKIPPED, why)


def check_object(rights: ObjectRights, use: ObjectUse) -> Check:
    """Check whether the user may do with an object and its fields what wasf does."""
    wanted = dict.fromkeys([*use.reads, *use.fills, *use.changes])
    hidden = [name for name in wanted if name not in rights.fields]
    if not rights.queryable or hidden:
        return _no_permission(use, "read", hidden if rights.queryable else ())
    for verb, allowed, names in (
        ("create", rights.createable, [n for n in use.fills if not rights.fields[n].createable]),
        ("change", rights.updateable, [n for n in use.changes if not rights.fields[n].updateable]),
    ):
        used = use.fills if verb == "create" else use.changes
        if used and (names or not allowed):
            return _no_permission(use, verb, names)
    unseen = [name for name in use.useful if name not in rights.fields]
    if unseen:
        return warning(
            use.name,
            f"The connected user does not see {listed(unseen)}.",
            "People whose number is in no other field are not found, so wasf may create them a"
            f" second time. {_grant(use.name, 'Read')}",
        )
    return ok(use.name, _ALL_THERE)


def _no_permission(use: ObjectUse, verb: str, fields: Sequence[str]) -> Check:
    what = f"these fields of {use.name}: {listed(fields)}" if fields else f"{use.name} records"
    result = f"The connected user may not {verb} {what}."
    fix = _grant(use.name, "Read" if verb == "read" else "Edit")
    if verb == "read" or (verb == "create" and use.needed):
        return Check(use.name, CheckStatus.FAILED, result, fix, ExitCode.NO_PERMISSION)
    return warning(use.name, result, f"{use.without} {fix}")


def _grant(name: str, right: str) -> str:
    return f"An administrator grants it in a permission set: Object Settings, {name}, {right}."


def check_key_field(org: OrgSnapshot, wanted: str) -> Check:
    """Check which field takes the key, and whether it is unique."""
    if not org.objects["Task"].fields:
        return skipped("key field", "The connected user does not see Task.")
    if org.key_field is None:
        result = "No field of Task can take the key of a message."
        fix = f"{_INSTALL} makes {wanted}; it takes an administrator's sign-in."
        return Check("key field", CheckStatus.FAILED, result, fix, ExitCode.NO_PERMISSION)
    if org.key_is_unique:
        return ok("key field", f"{org.key_field} is unique: no Task can be there twice.")
    fix = f"{_INSTALL} makes {wanted}, which is; it takes an administrator's sign-in."
    if org.key_field == wanted:
        fix = (
            "An administrator makes it unique: Setup, Object Manager, Activity. Or choose another"
            f" name: wasf config set key_field Other_Key__c, then {_INSTALL}"
        )
    result = f"{org.key_field} takes the key, and is not unique: {_NOT_UNIQUE}."
    return warning("key field", result, fix)


def key_field_proved(key_field: str, *, is_unique: bool) -> Check:
    """Return the check of a key field that was tried with success."""
    again = "a second one with that key was refused" if is_unique else "a second one was not tried"
    result = f"A Task with a key in {key_field} was written and found, {again}; it is deleted."
    return ok("key proof", result)


def check_link_field(lead: ObjectRights, wanted: str) -> Check:
    """Check whether Leads have the field that the setting `lead.link_field` names."""
    if not lead.fields:
        return skipped("link field", "The connected user does not see Lead.")
    if not wanted:
        return ok("link field", "None is chosen: the link stands at the end of the description.")
    if wanted in lead.fields:
        return ok("link field", f"{wanted} takes the link to the chat.")
    result = f"Lead has no field {wanted}, or the connected user does not see it."
    fix = "Check its API name in Setup, Object Manager, Lead; or wasf config unset lead.link_field"
    return Check("link field", CheckStatus.FAILED, result, fix, ExitCode.BAD_SETTINGS)


def check_statuses(values: Collection[str], chosen: Collection[str], name: str) -> Check:
    """Check whether a list of Statuses can be read, and has those that the settings name."""
    if not values:
        result = f"{name} has no value that wasf could use."
        fix = "An administrator adds one in Setup, Object Manager."
        return Check(name, CheckStatus.FAILED, result, fix, ExitCode.NO_PERMISSION)
    unknown = [each for each in chosen if each not in values]
    if unknown:
        return warning(
            name,
            f"The settings name a Status that the org does not have: {listed(unknown)}.",
            "See wasf config, lead.reopen_status and lead.closed_statuses.",
        )
    return ok(name, _ALL_THERE)


def check_closed_statuses(statuses: Sequence[LeadStatus], chosen: Collection[str] | None) -> Check:
    """Check whether a status that is not converted counts as closed, so that Leads are reopened.

    `chosen` is the setting `lead.closed_statuses`.
    """
    name = "closed Leads"
    if not statuses:
        return skipped(name, "The connected user does not see LeadStatus.")
    folded = None if chosen is None else {each.casefold() for each in chosen}
    unconverted = [status for status in statuses if not status.is_converted]
    closed = [status.api_name for status in unconverted if status.means_closed(folded)]
    if closed:
        return ok(name, f"These count as closed, and are reopened: {listed(closed)}.")
    open_ones = [status.api_name for status in unconverted]
    last = open_ones[-1] if open_ones else "STATUS"
    return warning(
        name,
        f"No status counts as closed, so no Lead is reopened. The org has {listed(open_ones)}.",
        f'To name those that are closed: wasf config set lead.closed_statuses "{last}"',
    )


def check_storage(storage: DataStorage | None) -> Check:
    """Check whether data storage is left for Tasks, and for how many."""
    name = "data storage"
    if storage is None:
        return skipped(name, "The connected user may not see how much is left.")
    room = storage.left * 1024 // TASK_KB
    about = float(f"{room:.2g}")
    left = f"{storage.left:,} of {storage.total:,} MB are left"
    result = f"{left}: room for about {about:,.0f} more Tasks."
    fix = (
        "An administrator makes room (Setup, Storage Usage). For one Task a day of a chat, not one"
        " for each message: wasf config set frequency 24h"
    )
    if storage.left <= 0:
        return Check(name, CheckStatus.FAILED, result, fix, ExitCode.REFUSED)
    return warning(name, result, fix) if room < _FEW_TASKS else ok(name, result)


def check_sharing(sharing: Sharing | None) -> Check:
    """Check whether the user sees all Leads and Contacts, so that nobody becomes a second Lead."""
    name = "sharing"
    if sharing is None or not sharing.defaults:
        return skipped(name, "The connected user may not see the org-wide defaults.")
    private = [one for one, access in sharing.defaults.items() if access == _PRIVATE]
    unseen = [one for one in private if sharing.sees_all is None or one not in sharing.sees_all]
    if not private:
        result, fix = "Leads and Contacts of others are visible to everybody.", ""
    elif not unseen:
        result = f"{listed(private)} records are private; the connected user sees all."
        fix = ""
    else:
        result = f"{listed(unseen)} records are private, and the connected user does not see all"
        result += " of them."
        fix = (
            "People whose record is not visible are not found, so they may get a second Lead. An"
            f" administrator grants View All Records for {listed(unseen)} in a permission set."
        )
    if sharing.no_tasks_of_others:
        result = f"{result if fix else ''} {_NO_TASKS_OF_OTHERS}".strip()
        fix = f"{fix} {_SHOW_TASKS}".strip()
    return warning(name, result, fix) if fix else ok(name, result)


def check_duplicate_rules(rules: Sequence[str] | None) -> Check:
    """Check whether duplicate rules can refuse new Leads; None: the user may not see them."""
    if rules is None:
        return skipped("duplicate rules", "The connected user may not see them.")
    if not rules:
        return ok("duplicate rules", "None is active for Leads.")
    return warning(
        "duplicate rules",
        f"Active for Leads: {listed(rules)}.",
        "Where one refuses a new Lead, its messages go to the record that it names if that has the"
        " chat's number. If not, the Lead is created all the same where the rule allows it; else"
        " the chat waits.",
    )


def check_api_budget(used: int, limit: int, kept: int) -> Check:
    """Check whether API calls are left for wasf beyond those that are kept for others."""
    left = limit - used - kept
    result = f"{used:,} of {limit:,} calls in 24 hours are used, {kept:,} are kept for others."
    fix = "Wait some hours, or keep fewer: wasf config set api_reserve"
    if left <= 0:
        return Check("API budget", CheckStatus.FAILED, result, fix, ExitCode.TRY_LATER)
    if left < limit * _FEW_CALLS:
        return warning("API budget", result, fix)
    return ok("API budget", result)


def check_clock(ahead: timedelta) -> Check:
    """Check how far this machine's clock is ahead of Salesforce's."""
    seconds = round(abs(ahead).total_seconds())
    side = "ahead of" if ahead > timedelta() else "behind"
    if abs(ahead) < _CLOCK_TOLERANCE:
        return ok("clock", "It agrees with Salesforce's.")
    return warning(
        "clock",
        f"This machine's clock is {seconds:,} seconds {side} Salesforce's.",
        "Let the system set it: timedatectl set-ntp true, or the settings of date and time. A"
        " sign-in by --jwt-key is refused if the clock is wrong by more than about three minutes.",
    )


def listed(names: Collection[str]) -> str:
    """Return names with commas between them."""
    return ", ".join(names)
