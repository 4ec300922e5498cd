"""`wasf doctor`: checks all that a sync needs, and says how to mend what is missing."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from wasf.core.auth import UserId
from wasf.core.checks import (
    Check,
    Greeting,
    Need,
    OrgSeen,
    Verdict,
    broken,
    fine,
    judge_budget,
    judge_clock,
    judge_key_field,
    judge_link_field,
    judge_object,
    judge_proof,
    judge_required,
    judge_rules,
    judge_statuses,
    skipped,
)
from wasf.errors import BadSetting, ExitCode, KeyringLocked, NotConnected, WasfError
from wasf.interfaces import ApiUsage

_AFTER_SIGN_IN: Final = (
    "API access", "Task", "Lead", "Contact", "User", "LeadStatus", "TaskStatus", "key field",
    "link field", "Task required fields", "Lead required fields", "duplicate rules", "API budget",
)  # fmt: skip


class OrgUnderCheck(Protocol):
    """An org that is only looked at. All methods raise a `WasfError` if there is no answer."""

    @property
    def address(self) -> str:
        """Where it is."""
        ...

    @property
    def usage(self) -> ApiUsage | None:
        """What Salesforce said last of the calls used."""
        ...

    def greet(self) -> Greeting:
        """What the address says to anybody."""
        ...

    def sign_in(self) -> UserId:
        """Use the sign-in; who it is."""
        ...

    def look(self, user_id: UserId) -> OrgSeen:
        """All that the connected user can see of it."""
        ...

    def prove(self, user_id: UserId, field: str, *, is_unique: bool) -> None:
        """Try the field that takes the key with a Task, which is deleted again."""
        ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the settings say about an org: fields, Statuses by name, how many calls are kept.

    `proves` is what a person asked for: that the key field be tried, which writes.
    """

    key_field: str
    link_field: str
    lead_statuses: Collection[str]
    kept_calls: Callable[[int], int]
    proves: bool = False


def diagnose(
    find_org: Callable[[], tuple[OrgUnderCheck, Chosen]], machine: Iterable[Check]
) -> tuple[Check, ...]:
    """Every check, in the order in which they depend on each other. Raises nothing for a finding.

    `find_org` finds the sign-in, or raises why there is none.
    """
    try:
        org, chosen = find_org()
    except WasfError as error:
        unsettled = isinstance(error, BadSetting)
        why = "A setting is wrong." if unsettled else "There is no sign-in to look with."
        names = ("address", "clock", *(["sign-in"] if unsettled else []), *_AFTER_SIGN_IN)
        first = broken("settings" if unsettled else "sign-in", error)
        return (first, *_skipped(names, why), *machine)
    return (*_address(org), *_signed_in(org, chosen), *machine)


def exit_code(checks: Iterable[Check]) -> ExitCode:
    """How a sync would end because of the first thing that is broken."""
    return next((each.code for each in checks if each.verdict is Verdict.BROKEN), ExitCode.DONE)


def _address(org: OrgUnderCheck) -> Iterator[Check]:
    try:
        greeting = org.greet()
    except WasfError as error:
        yield broken("address", error)
        yield skipped("clock", "Salesforce did not tell its time.")
        return
    if greeting.offers_our_version:
        yield fine("address", f"{org.address} answers.")
    else:
        old = WasfError(
            f"{org.address} does not offer the version of Salesforce's API that wasf speaks.",
            "Check that the address is that of the org, and update wasf to its newest version.",
        )
        yield broken("address", old)
    if greeting.ahead is None:
        yield skipped("clock", "Salesforce did not tell its time.")
    else:
        yield judge_clock(greeting.ahead)


def _signed_in(org: OrgUnderCheck, chosen: Chosen) -> Iterator[Check]:
    try:
        seen = org.look(user_id := org.sign_in())
    except (NotConnected, KeyringLocked) as error:
        yield broken("sign-in", error)
        yield from _skipped(_AFTER_SIGN_IN, "The sign-in is not accepted.")
        return
    except WasfError as error:
        yield skipped("sign-in", "The API did not tell who it is.")
        yield broken("API access", error)
        yield from _skipped(_AFTER_SIGN_IN[1:], "The API does not answer.")
        return
    kind = "sandbox" if seen.is_sandbox else "production"
    yield fine("sign-in", f"{seen.username or 'A user'} in {seen.name} ({kind}).")
    yield fine("API access", "The user may use the API.")
    yield from _rights(seen, chosen)
    if chosen.proves:
        yield _proof(org, user_id, seen)
    if (usage := org.usage) is not None:
        yield judge_budget(usage.used, usage.limit, chosen.kept_calls(usage.limit))
    else:
        yield skipped("API budget", "Salesforce did not tell how many calls are used.")


def _rights(seen: OrgSeen, chosen: Chosen) -> Iterator[Check]:
    for need in seen.needs:
        yield _object(seen, need, chosen)
    yield judge_key_field(seen, chosen.key_field)
    yield judge_link_field(seen.objects["Lead"], chosen.link_field)
    for need in seen.needs[:2]:
        yield judge_required(seen.objects[need.name], need, seen.key_field)
    yield judge_rules(seen.duplicate_rules)


def _proof(org: OrgUnderCheck, user_id: UserId, seen: OrgSeen) -> Check:
    if seen.key_field is None:
        return skipped("key proof", "There is no field to try.")
    try:
        org.prove(user_id, seen.key_field, is_unique=seen.key_is_unique)
    except WasfError as error:
        return broken("key proof", error)
    return judge_proof(seen.key_field, is_unique=seen.key_is_unique)


def _object(seen: OrgSeen, need: Need, chosen: Chosen) -> Check:
    check = judge_object(seen.objects[need.name], need)
    if check.verdict is Verdict.FINE and need.name in seen.statuses:
        named = chosen.lead_statuses if need.name == "LeadStatus" else ()
        return judge_statuses(seen.statuses[need.name], named, need.name)
    return check


def _skipped(names: Iterable[str], why: str) -> Iterator[Check]:
    return (skipped(name, why) for name in names)
