"""What is missing of what a sync needs: of an org, of this machine and of the sign-in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from wasf.errors import ExitCode, WasfError

# --- org_seen
# An org as its connected user sees it, and what wasf needs there: the facts of a check-up.


@dataclass(frozen=True, slots=True)
class FieldSeen:
    """A field as the connected user sees it. `required`: a record cannot be made without it."""

    createable: bool
    updateable: bool
    required: bool
    unique: bool = False


@dataclass(frozen=True, slots=True)
class ObjectSeen:
    """An object as the connected user sees it; without fields if the user does not see it."""

    name: str
    queryable: bool = False
    createable: bool = False
    updateable: bool = False
    fields: Mapping[str, FieldSeen] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Need:
    """What wasf does with an object: fields that it reads, fills in new records, and changes.

    `needed` says whether there is no sync without filling and changing. `useful` are fields that it
    reads where it may.
    """

    name: str
    reads: Collection[str]
    fills: Collection[str] = ()
    changes: Collection[str] = ()
    needed: bool = True
    useful: Collection[str] = ()

    def fills_field(self, name: str, key_field: str | None) -> bool:
        """Whether wasf fills this field of a new record; the key stands on Tasks."""
        return name in self.fills or (self.name == "Task" and name == key_field)


@dataclass(frozen=True, slots=True)
class Greeting:
    """What an org's address says before anybody signs in.

    `ahead` is how far our clock is ahead of the org's, None if it did not tell its time.
    """

    offers_our_version: bool
    ahead: timedelta | None


@dataclass(frozen=True, slots=True)
class OrgSeen:
    """An org as its connected user sees it.

    `statuses` are values that can be used, by the object that lists them. `duplicate_rules` is None
    where the user may not see them, `key_field` where no field can take the key.
    """

    name: str
    is_sandbox: bool
    username: str
    objects: Mapping[str, ObjectSeen]
    needs: tuple[Need, ...]
    statuses: Mapping[str, tuple[str, ...]]
    duplicate_rules: tuple[str, ...] | None
    key_field: str | None
    key_is_unique: bool


# --- checkup


CLOCK_NOTICED: Final = timedelta(minutes=1)
_LITTLE_LEFT: Final = 0.1
_INSTALL: Final = "wasf doctor --install-key-field"
WEAKER: Final = (
    "wasf looks before it sends again what is in doubt, and waits for the time of the setting"
    " quarantine. Not covered: two machines that log one chat at once, a lost ledger, and a request"
    " that Salesforce finishes later than that"
)
"""What a key field that is not unique does, and what it does not."""
_ALL_THERE: Final = "All rights and fields that wasf uses are there."


class Verdict(StrEnum):
    """What a check found."""

    FINE = "ok"
    BITES = "warning"
    BROKEN = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found and, unless it is fine, what mends it.

    `code` is how a sync would end because of it.
    """

    name: str
    verdict: Verdict
    finding: str
    mend: str = ""
    code: ExitCode = ExitCode.FAILED


@dataclass(frozen=True, slots=True)
class SetupStep:
    """A step of making the key field that is done, and whether it was this run that made it."""

    name: str
    result: str
    made: bool


def fine(name: str, finding: str) -> Check:
    """A check that found nothing wrong."""
    return Check(name, Verdict.FINE, finding)


def bites(name: str, finding: str, mend: str) -> Check:
    """Something that a sync can live with, at a price."""
    return Check(name, Verdict.BITES, finding, mend)


def broken(name: str, error: WasfError) -> Check:
    """Something without which there is no sync."""
    finding = error.message if error.message.endswith(".") else f"{error.message}."
    return Check(name, Verdict.BROKEN, finding, error.hint, error.exit_code)


def skipped(name: str, why: str) -> Check:
    """Something that could not be looked at, because something else is broken."""
    return Check(name, Verdict.SKIPPED, why)


def judge_object(seen: ObjectSeen, need: Need) -> Check:
    """Whether the user may do with an object and its fields what wasf does."""
    wanted = dict.fromkeys([*need.reads, *need.fills, *need.changes])
    hidden = [name for name in wanted if name not in seen.fields]
    if not seen.queryable or hidden:
        return _no_permission(need, "read", hidden if seen.queryable else ())
    for verb, allowed, names in (
        ("create", seen.createable, [n for n in need.fills if not seen.fields[n].createable]),
        ("change", seen.updateable, [n for n in need.changes if not seen.fields[n].updateable]),
    ):
        used = need.fills if verb == "create" else need.changes
        if used and (names or not allowed):
            return _no_permission(need, verb, names)
    unseen = [name for name in need.useful if name not in seen.fields]
    if unseen:
        return bites(
            need.name,
            f"The connected user does not see {_listed(unseen)}.",
            "People whose number stands only there are not found, and may be made twice."
            f" {_grant(need.name, 'Read')}",
        )
    return fine(need.name, _ALL_THERE)


def _no_permission(need: Need, verb: str, fields: Sequence[str]) -> Check:
    what = f"these fields of {need.name}: {_listed(fields)}" if fields else f"{need.name} records"
    finding = f"The connected user may not {verb} {what}."
    mend = _grant(need.name, "Read" if verb == "read" else "Edit")
    if verb == "read" or need.needed:
        return Check(need.name, Verdict.BROKEN, finding, mend, ExitCode.NO_PERMISSION)
    return bites(need.name, finding, f"Chats that need it wait. {mend}")


def _grant(name: str, right: str) -> str:
    return f"An administrator grants it in a permission set: Object Settings, {name}, {right}."


def judge_required(seen: ObjectSeen, need: Need, key_field: str | None) -> Check:
    """Whether the org asks for fields in new records that wasf does not fill."""
    name = f"{seen.name} required fields"
    required = [each for each, about in seen.fields.items() if about.required]
    missing = [each for each in required if not need.fills_field(each, key_field)]
    if not seen.fields:
        return skipped(name, f"The connected user does not see {seen.name}.")
    if not missing or not need.fills:
        return fine(name, "wasf fills all that the org asks for.")
    finding = f"New {seen.name} records need {_listed(missing)}, which wasf does not fill."
    mend = "An administrator gives a default value, or makes it optional for the connected user."
    if need.needed:
        return Check(name, Verdict.BROKEN, finding, mend, ExitCode.REFUSED)
    return bites(name, finding, f"{mend} Without new Leads: wasf config set lead.auto_create false")


def judge_key_field(seen: OrgSeen, wanted: str) -> Check:
    """Which field takes the key, and whether Salesforce itself refuses a second Task with it."""
    if not seen.objects["Task"].fields:
        return skipped("key field", "The connected user does not see Task.")
    if seen.key_field is None:
        finding = "No field of Task can take the key of a message."
        mend = f"{_INSTALL} makes {wanted}; it takes an administrator's sign-in."
        return Check("key field", Verdict.BROKEN, finding, mend, ExitCode.NO_PERMISSION)
    if seen.key_is_unique:
        return fine("key field", f"{seen.key_field} is unique: no Task can be there twice.")
    mend = f"{_INSTALL} makes {wanted}, which is; it takes an administrator's sign-in."
    if seen.key_field == wanted:
        mend = (
            "An administrator makes it unique: Setup, Object Manager, Activity. Or choose another"
            f" name: wasf config set key_field Other_Key__c, then {_INSTALL}"
        )
    finding = f"{seen.key_field} takes the key, and is not unique: {WEAKER}."
    return bites("key field", finding, mend)


def judge_proof(field: str, *, is_unique: bool) -> Check:
    """What was seen of the field that takes the key when it was tried."""
    again = "a second one with that key was refused" if is_unique else "a second one was not tried"
    return fine(
        "key proof", f"A Task with a key in {field} was written and found, {again}; it is deleted."
    )


def judge_link_field(lead: ObjectSeen, wanted: str) -> Check:
    """Whether Leads have the field that the settings name for the link to the chat."""
    if not lead.fields:
        return skipped("link field", "The connected user does not see Lead.")
    if not wanted:
        return fine("link field", "None is chosen: the link stands at the end of the description.")
    if wanted in lead.fields:
        return fine("link field", f"{wanted} takes the link to the chat.")
    finding = f"Lead has no field {wanted}, or the connected user does not see it."
    mend = "Check its API name in Setup, Object Manager, Lead; or wasf config unset lead.link_field"
    return Check("link field", Verdict.BROKEN, finding, mend, ExitCode.BAD_SETTINGS)


def judge_statuses(values: Collection[str], chosen: Collection[str], name: str) -> Check:
    """Whether a status list can be read, and holds what the settings name."""
    if not values:
        finding = f"{name} has no value that wasf could use."
        mend = "An administrator adds one in Setup, Object Manager."
        return Check(name, Verdict.BROKEN, finding, mend, ExitCode.NO_PERMISSION)
    unknown = [each for each in chosen if each not in values]
    if unknown:
        return bites(
            name,
            f"The settings name a Status that the org does not have: {_listed(unknown)}.",
            "See wasf config, lead.reopen_status and lead.closed_statuses.",
        )
    return fine(name, _ALL_THERE)


def judge_rules(rules: Sequence[str] | None) -> Check:
    """Whether duplicate rules can turn new Leads away; None where the user may not see them."""
    if rules is None:
        return skipped("duplicate rules", "The connected user may not see them.")
    if not rules:
        return fine("duplicate rules", "None is active for Leads.")
    return bites(
        "duplicate rules",
        f"Active for Leads: {_listed(rules)}.",
        "Where one refuses a new Lead, its messages go to the Lead or Contact that it names."
        " Nothing to do if that is what you want.",
    )


def judge_budget(used: int, limit: int, kept: int) -> Check:
    """Whether there are API calls left for wasf beyond those that are kept for others."""
    left = limit - used - kept
    finding = f"{used:,} of {limit:,} calls in 24 hours are used, {kept:,} are kept for others."
    mend = "Wait some hours, or keep fewer: wasf config set api_reserve"
    if left <= 0:
        return Check("API budget", Verdict.BROKEN, finding, mend, ExitCode.TRY_LATER)
    if left < limit * _LITTLE_LEFT:
        return bites("API budget", finding, mend)
    return fine("API budget", finding)


def judge_clock(ahead: timedelta) -> Check:
    """How far this machine's clock is ahead of Salesforce's."""
    seconds = round(abs(ahead).total_seconds())
    side = "ahead of" if ahead > timedelta() else "behind"
    if abs(ahead) < CLOCK_NOTICED:
        return fine("clock", "It agrees with Salesforce's.")
    return bites(
        "clock",
        f"This machine's clock is {seconds:,} seconds {side} Salesforce's.",
        "Let the system set it: timedatectl set-ntp true, or the settings of date and time. From"
        " about three minutes on, a sign-in by --jwt-key is refused.",
    )


def _listed(names: Collection[str]) -> str:
    return ", ".join(names)
