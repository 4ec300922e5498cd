"""Customers and groups of a provider, as the ledger keeps them: who is who, who takes part.

A customer has one id for wasf, by whatever number or user id a message names them. Meta gives a
number, an id that is scoped to the business (BSUID), or both; servers on linked devices give a
number, a hidden id (LID), or both. Either may change. The ledger keeps, for the source `KIND`:

```
KIND NUMBER     the id under which the holder of the number is known
KIND USER-ID    the same for a user id
KIND id NUMBER  the user id that the number had first
```

A number with another user id than its own belongs to another person now, unless a system message
said that the id has changed: that person gets a chat without a number, which waits (I5).

No message brings the subject or the participants of a group. Subjects come by events or lists of
groups; a participant is known by these, or as soon as the participant writes (T7).
"""

import json
import re
from typing import Final, NamedTuple

from wasf.core.chats import Participant, Phone
from wasf.core.phones import parse_phone
from wasf.interfaces import Recall
from wasf.values import dataclass

_GONE: Final = "gone"
_DIGITS: Final = re.compile(r"[0-9]{7,15}")
_SERVERS: Final = ("@s.whatsapp.net", "@c.us")
_LONGEST: Final = 200
_MOST_MEMBERS: Final = 1_024
_TAKEN_OVER: Final = "another person has this number now"


class Customer(NamedTuple):
    """Who a customer is: `id` never changes. `doubt` says why the number is not taken."""

    id: str
    phone: Phone | None = None
    doubt: str = ""


class Customers:
    """The customers of a source of that `kind`; `learned` are new facts, for the ledger to keep."""

    def __init__(self, kind: str, recall: Recall) -> None:
        self._start = f"{kind} "
        self._holder = f"{self._start}id "
        self._recall = recall
        self.learned: dict[str, str] = {}

    def customer(self, number: str, user_id: str) -> Customer | None:
        """Return the customer with this number and user id; either may be "".

        Return None if neither says who it is.
        """
        digits, scoped = number_of(number), _scoped(user_id) or _other_id(number)
        if digits and scoped and self._is_taken_over(digits, scoped):
            known = self._known(scoped) or scoped
            self._learn(scoped, known)
            return Customer(known, None, _TAKEN_OVER)
        known = self._known(scoped) or self._known(digits) or digits or scoped
        if not known:
            return None
        for name in filter(None, (digits, scoped)):
            self._learn(name, known)
        if digits and scoped and not self._fact(self._holder + digits):
            self.learned[self._holder + digits] = scoped
        shown = digits or number_of(known)
        return Customer(known, parse_phone(f"+{shown}", "") if shown else None)

    def learn_pair(self, number: str, user_id: str) -> None:
        """Note that somebody has both this number and this user id, if both are given."""
        if number_of(number) and _scoped(user_id):
            self.customer(number, user_id)

    def renamed(self, old: str, *new: str) -> None:
        """Note that the customer who is known as `old` has other numbers or ids now."""
        found = self.customer(old, "")
        if found is None:
            return
        for name in filter(None, (number_of(one) or _other_id(one) for one in new)):
            self.learned[self._start + name] = found.id

    def left(self, number: str) -> None:
        """Note that a customer has left a number: whoever writes from it next is another person."""
        digits = number_of(number)
        if digits and not self._fact(self._holder + digits):
            self.learned[self._holder + digits] = _GONE

    def fact(self, name: str) -> str:
        """Return what is known under a name of the source's, "" if nothing."""
        return self._fact(self._start + name)

    def keep(self, name: str, value: str) -> None:
        """Keep a fact, unless it is known."""
        if self.fact(name) != value:
            self.learned[self._start + name] = value

    def _is_taken_over(self, digits: str, scoped: str) -> bool:
        holder, holder_id = self._known(digits), self._fact(self._holder + digits)
        return bool(holder and holder_id) and holder_id != scoped and holder != self._known(scoped)

    def _learn(self, name: str, known: str) -> None:
        if self._known(name) != known:
            self.learned[self._start + name] = known

    def _known(self, name: str) -> str:
        return self._fact(self._start + name) if name else ""

    def _fact(self, name: str) -> str:
        return self.learned.get(name) or self._recall(name)


# --- Groups ------------------------------------------------------------------------------------


class _Member(NamedTuple):
    """A participant; what is not known is ""."""

    name: str
    number: str
    user_id: str


@dataclass(frozen=True, slots=True)
class GroupBook:
    """The groups of one of our numbers, which has the id `our_id` there."""

    customers: Customers
    our_id: str

    def subject(self, group: str) -> str:
        """Return the subject of a group, "" if it is not known."""
        return self.customers.fact(f"group {self.our_id} {group}")

    def name(self, group: str, subject: str) -> None:
        """Note the subject of a group; "" changes nothing."""
        if group and subject:
            self.customers.keep(f"group {self.our_id} {group}", subject)

    def add(self, group: str, name: str, number: str, user_id: str) -> None:
        """Note that somebody takes part, under the name that is known now."""
        if not group or not (number or user_id):
            return
        members = self._members(group)
        same = [one for one in members if _is_same(one, number, user_id)]
        known = same[0] if same else _Member("", "", "")
        new = _Member(name or known.name, number or known.number, user_id or known.user_id)
        if new != known and len(members) < _MOST_MEMBERS:
            self._keep(group, [*(one for one in members if one not in same), new])

    def remove(self, group: str, number: str, user_id: str) -> None:
        """Note that somebody has left."""
        members = self._members(group)
        self._keep(group, [one for one in members if not _is_same(one, number, user_id)])

    def participants(self, group: str) -> tuple[Participant, ...]:
        """Return everybody who takes part."""
        return tuple(map(self._participant, self._members(group)))

    def author(self, group: str, number: str, user_id: str) -> str:
        """Return how a participant is called in the group."""
        same = [one for one in self._members(group) if _is_same(one, number, user_id)]
        return self._participant(same[0]).author if same else number or user_id

    def _participant(self, member: _Member) -> Participant:
        customer = self.customers.customer(member.number, member.user_id)
        phone = customer.phone if customer else None
        return Participant(member.name or phone or member.user_id, phone)

    def _members(self, group: str) -> list[_Member]:
        kept = self.customers.fact(self._name(group))
        return [_Member(*one) for one in json.loads(kept)] if kept else []

    def _keep(self, group: str, members: list[_Member]) -> None:
        self.customers.keep(self._name(group), json.dumps(members))

    def _name(self, group: str) -> str:
        return f"members {self.our_id} {group}"


def _is_same(member: _Member, number: str, user_id: str) -> bool:
    return bool(number and member.number == number) or bool(user_id and member.user_id == user_id)


# --- Numbers and ids ---------------------------------------------------------------------------


def number_of(value: str) -> str:
    """Return the digits of a number, "" for anything else, such as a LID."""
    for server in _SERVERS:
        value = value.removesuffix(server)
    digits = value.removeprefix("+")
    return digits if _DIGITS.fullmatch(digits) else ""


def phone_of(shown: str) -> Phone | None:
    """Return a number with or without a plus sign, None if it is none."""
    return parse_phone(shown if shown.startswith("+") else f"+{shown}", "") if shown else None


def is_same_number(one: str, other: str) -> bool:
    """Return whether two texts are one number, however each is written."""
    digits = number_of(one)
    return bool(digits) and digits == number_of(other)


def _scoped(value: str) -> str:
    """Return an id of a user as it is; "" if there is none, or it is too long for one."""
    return value if 0 < len(value) <= _LONGEST else ""


def _other_id(value: str) -> str:
    """Return what stands in the place of a number and is an id, such as a LID."""
    return "" if number_of(value) else _scoped(value)
