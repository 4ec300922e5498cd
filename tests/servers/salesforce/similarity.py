"""How Salesforce's matching rules compare two records, as far as the reference tells.

A rule's equation is an OR of groups; a group is an AND of fields that must be alike. The methods
and thresholds of the standard rules for Contacts and Leads are in `_ALIKE`. Left out are methods
by sound (metaphone) and lists of nicknames: they only find more.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from wasf.demo.salesforce.storage import Row

_NAMES = ("FirstName", "LastName")
_PHONES = "Phone or MobilePhone"
_COMPANY_WORDS = re.compile(r"\b(?:inc|ltd|llc|gmbh|corp|co|company|limited)\b|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Equation:
    """The groups of fields of a matching rule; with `is_fuzzy` similar values are alike, too."""

    groups: tuple[tuple[str, ...], ...]
    is_fuzzy: bool = False

    @property
    def engine(self) -> str:
        """The engine that an answer names."""
        return "FuzzyMatchEngine" if self.is_fuzzy else "ExactMatchEngine"


EQUATIONS: Mapping[str, Equation] = {
    "standard": Equation(
        (
            (*_NAMES, "Title", "Company"),
            (*_NAMES, "Email"),
            (*_NAMES, "Phone", "Company"),
            (*_NAMES, "Street", "City"),
            (*_NAMES, "Street", "PostalCode"),
            (*_NAMES, "Street", "Phone"),
            (*_NAMES, "Street", "Title"),
            (*_NAMES, "Title", "Email"),
            (*_NAMES, "Phone"),
        ),
        is_fuzzy=True,
    ),
    "name": Equation((_NAMES,)),
    "last name": Equation((("LastName",),)),
    "name and company": Equation(((*_NAMES, "Company"),)),
    "phone": Equation(((_PHONES,),)),
}
"""What an admin can choose: the standard rule, or one of exact fields."""


def confidence(equation: Equation, new: Row, known: Row) -> float:
    """Return how alike two records are, from 0 to 100; 0 if no group of fields is."""
    return max(_of_group(equation, group, new, known) for group in equation.groups)


def _of_group(equation: Equation, group: tuple[str, ...], new: Row, known: Row) -> float:
    return max(
        min(_of_field(equation, name, one, known, group) for name in group)
        for one in _orders(equation, new)
    )


def _orders(equation: Equation, row: Row) -> Iterator[Row]:
    """Yield the record, and for the standard rule also with its first and last name swapped."""
    yield row
    if equation.is_fuzzy:
        yield {**row, "FirstName": row.get("LastName"), "LastName": row.get("FirstName")}


def _of_field(equation: Equation, name: str, new: Row, known: Row, group: tuple[str, ...]) -> float:
    if name == _PHONES:
        return 100.0 * bool(_nationals(new) & _nationals(known))
    mine, theirs = _value(name, new), _value(name, known)
    if not (mine and theirs):
        return 100.0 if name in _NAMES and "Email" in group else 0.0
    if not equation.is_fuzzy:
        return _exact(mine, theirs)
    method, threshold = _ALIKE.get(name, (_exact, 100))
    alike = method(mine, theirs)
    return alike if alike >= threshold else 0.0


def _value(name: str, row: Row) -> str:
    return " ".join(str(row.get(name) or "").casefold().split())


def _digits(text: str) -> str:
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def _nationals(row: Row) -> set[str]:
    phones = (_digits(_value(name, row)) for name in ("Phone", "MobilePhone"))
    return {phone[-9:] for phone in phones if phone}


# --- Methods of the standard rules -------------------------------------------------------------


def _exact(one: str, other: str) -> float:
    return 100.0 * (one == other)


def _first_name(one: str, other: str) -> float:
    initials = 1 in (len(one.rstrip(".")), len(other.rstrip("."))) and one[0] == other[0]
    return 100.0 if initials else 100.0 * jaro_winkler(one, other)


def _edit_distance(one: str, other: str) -> float:
    """Return how many characters need no change, of a hundred."""
    row = list(range(len(other) + 1))
    for place, mine in enumerate(one, 1):
        before, row[0] = row[0], place
        for at, theirs in enumerate(other, 1):
            step = min(row[at] + 1, row[at - 1] + 1, before + (mine != theirs))
            before, row[at] = row[at], step
    return 100.0 * (1 - row[-1] / max(len(one), len(other)))


def _company(one: str, other: str) -> float:
    plain = [" ".join(_COMPANY_WORDS.sub(" ", name).split()) for name in (one, other)]
    acronyms = ["".join(word[0] for word in name.split()) for name in plain]
    return 100.0 * (plain[0] == plain[1] or acronyms[0] == plain[1] or plain[0] == acronyms[1])


def phone_parts(phone: str) -> tuple[str, str, str, str]:
    """Return country, area, next three and last four digits, cut as North America cuts them."""
    digits = _digits(phone)
    return digits[:-10] or "1", digits[-10:-7], digits[-7:-4], digits[-4:]


def _phone(one: str, other: str) -> float:
    weights = (10, 50, 30, 10)
    parts = zip(weights, phone_parts(one), phone_parts(other), strict=True)
    return float(sum(weight for weight, mine, theirs in parts if mine == theirs and theirs))


def jaro_winkler(one: str, other: str) -> float:
    """Return the similarity of two names after Jaro and Winkler, from 0 to 1."""
    reach = max(0, max(len(one), len(other)) // 2 - 1)
    taken: list[int] = []
    mine: list[str] = []
    for place, sign in enumerate(one):
        window = range(max(0, place - reach), min(len(other), place + reach + 1))
        found = next((at for at in window if at not in taken and other[at] == sign), None)
        if found is not None:
            taken.append(found)
            mine.append(sign)
    if not mine:
        return 0.0
    theirs = [other[at] for at in sorted(taken)]
    moved = sum(a != b for a, b in zip(mine, theirs, strict=True)) / 2
    same = len(mine)
    jaro = (same / len(one) + same / len(other) + (same - moved) / same) / 3
    prefix = next((at for at in range(4) if one[at : at + 1] != other[at : at + 1]), 4)
    return jaro + min(prefix, len(one), len(other)) * 0.1 * (1 - jaro)


_ALIKE: Mapping[str, tuple[Callable[[str, str], float], int]] = {
    "FirstName": (_first_name, 85),
    "LastName": (_edit_distance, 90),
    "Title": (_exact, 50),
    "Company": (_company, 70),
    "Email": (_exact, 100),
    "Phone": (_phone, 80),
    "Street": (_edit_distance, 80),
}
"""The method of each field and its threshold; other fields must be equal."""
