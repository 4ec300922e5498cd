"""Who is who at Meta's, where a customer has a number, an id of the business's own, or both.

The number may be missing, and what is known of somebody changes. So whoever was seen with both is
remembered, and a chat keeps the name by which it was known first.
"""

import re
from typing import Final

from wasf.core.chats import Phone
from wasf.core.phones import parse_phone
from wasf.interfaces import Recall

_BUSINESS_SCOPED: Final = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_DIGITS: Final = re.compile(r"[0-9]{7,15}")
_FACT: Final = "cloud-api "


class Parties:
    """The customers of one business; `learned` is what has to be remembered of them."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall
        self.learned: dict[str, str] = {}

    def known_as(self, number: str, user_id: str) -> str:
        """The one name of somebody with this number and id, either may be ""."""
        names = [name for name in (_number(number), _scoped(user_id) or _scoped(number)) if name]
        known = next(filter(None, map(self._known, names)), "") or (names[0] if names else "")
        for name in names:
            if self._known(name) != known:
                self.learned[_FACT + name] = known
        return known

    def renamed(self, old: str, new: str) -> None:
        """Somebody has another number or id now."""
        known = self.known_as(old, old)
        name = _number(new) or _scoped(new)
        if known and name:
            self.learned[_FACT + name] = known

    def phone(self, number: str, known_as: str) -> Phone | None:
        """The number of somebody, as it is said now or as the name tells."""
        digits = _number(number) or _number(known_as)
        return parse_phone(f"+{digits}", "") if digits else None

    def _known(self, name: str) -> str:
        return self.learned.get(_FACT + name) or self._recall(_FACT + name)


def _number(value: str) -> str:
    """Digits that are a number; an id is never one."""
    digits = value.removeprefix("+")
    return digits if _DIGITS.fullmatch(digits) else ""


def _scoped(value: str) -> str:
    return value if _BUSINESS_SCOPED.fullmatch(value) else ""
