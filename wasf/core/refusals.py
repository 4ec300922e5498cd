"""Why Salesforce refused a record, in its own words, and what settles it (F5, W7).

Salesforce's message may repeat a value, so whatever of it comes from the chat is left out.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from wasf.core.text import shorten

STORAGE_FULL: Final = "STORAGE_LIMIT_EXCEEDED"
LOCKED: Final = "UNABLE_TO_LOCK_ROW"
WRONG_CHOICE: Final = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
TRIGGER: Final = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
NO_ACCESS: Final = "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"

_REQUIRED: Final = "REQUIRED_FIELD_MISSING"
_RULE: Final = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
_FLOW: Final = "CANNOT_EXECUTE_FLOW_TRIGGER"

_WHOLE_CALL: Final = frozenset({TRIGGER, _FLOW, "LIMIT_EXCEEDED", "APEX_ERROR"})
_SAME_FOR_ALL: Final = frozenset({_REQUIRED, WRONG_CHOICE})

_AGAIN: Final = "tried again at the next sync"
_FIX_AUTOMATION: Final = (
    f"an administrator fixes the trigger or flow that Salesforce names; {_AGAIN}"
)
_HINTS: Final = {
    _REQUIRED: 'to fill it: wasf config set {setting} "{names}"; wasf doctor says what the org'
    " requires",
    WRONG_CHOICE: 'choose a value that the org has: wasf config set {setting} "{names}"',
    STORAGE_FULL: "the org's data storage is full: an administrator makes room; the next sync tries"
    " one record first. Fewer Tasks: wasf config set frequency 24h",
    _RULE: 'an administrator changes the rule, or: wasf config set {setting} "{names}";'
    f" {_AGAIN}",
    TRIGGER: _FIX_AUTOMATION,
    _FLOW: _FIX_AUTOMATION,
    NO_ACCESS: "the connected user may not use the record or its owner: an administrator shares"
    f" the record; {_AGAIN}",
}
"""What settles a refusal, by its code."""

_NUMBER: Final = re.compile(r"\+?(?<![0-9A-Za-z])[0-9][0-9 ().-]{6,28}[0-9](?![0-9A-Za-z])")
_LONGEST: Final = 200  # characters of Salesforce's words in a report
_READ: Final = 2_000  # more is not looked at
_SHARED: Final = 16  # so many characters in a row that are also in the chat come from it
_SHORTEST: Final = 3  # a whole line of the chat counts from this length


class RecordRefusal(NamedTuple):
    """Why a record was refused: Salesforce's errorCode, the fields it named, its words."""

    code: str
    fields: tuple[str, ...] = ()
    words: str = ""

    @property
    def may_be_of_whole_call(self) -> bool:
        """Whether the call may have failed because of its size or of another row."""
        return self.code in _WHOLE_CALL

    @property
    def stops_writing(self) -> bool:
        """Whether no further Task can be written in this org for now."""
        return self.code == STORAGE_FULL

    @property
    def is_same_for_all(self) -> bool:
        """Whether a value is missing or wrong that all records have in common."""
        return self.code in _SAME_FOR_ALL

    def of(self, what: str) -> str:
        """Return the reason of a refusal: what was refused, the code, the fields, the words."""
        fields = f" ({', '.join(self.fields)})" if self.fields else ""
        words = f": {self.words}" if self.words else ""
        return f"Salesforce refused {what}: {self.code}{fields}{words}"


def admin_words(message: str, withheld: Iterable[str] = ()) -> str:
    """Return Salesforce's message in one line of at most 200 characters.

    What it has in common with the texts that are `withheld` is left out, and so is what may be a
    phone number.
    """
    said = message[:_READ]
    secret = [False] * len(said)
    for text in withheld:
        for start, end in _common(said, text):
            secret[start:end] = [True] * (end - start)
    for number in _NUMBER.finditer(said):
        secret[number.start() : number.end()] = [True] * len(number[0])
    shown = "".join(_shown(said, secret))
    return shorten(" ".join(shown.split()), _LONGEST)


def task_hint(refusal: RecordRefusal) -> str:
    """Return what settles the refusal of a Task."""
    return _hint(refusal, "task.fields")


def answer_task_hint(refusal: RecordRefusal) -> str:
    """Return what settles the refusal of a Task of the setting `report.task`, which rests."""
    return task_hint(refusal).replace(_AGAIN, "tried again after a day")


def lead_hint(refusal: RecordRefusal) -> str:
    """Return what settles the refusal of a Lead."""
    if refusal.code == WRONG_CHOICE and "LeadSource" in refusal.fields:
        return 'wasf config set lead.source VALUE, one that the org has, or "" for none'
    if refusal.code in (_REQUIRED, WRONG_CHOICE, STORAGE_FULL):
        return _hint(refusal, "lead.fields")
    return "fix it in Salesforce, or create the Lead by hand; the next sync logs what waits"


def _hint(refusal: RecordRefusal, setting: str) -> str:
    names = ", ".join(f"{name}=VALUE" for name in refusal.fields) or "FIELD=VALUE"
    return _HINTS.get(refusal.code, _AGAIN).format(setting=setting, names=names)


def _common(said: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of a message that are also in a text: its lines, and longer stretches."""
    for line in {line.strip() for line in text.splitlines()}:
        if len(line) >= _SHORTEST:
            yield from ((one.start(), one.end()) for one in re.finditer(re.escape(line), said))
    stretches = {said[start : start + _SHARED] for start in range(len(said) - _SHARED + 1)}
    last = len(text) - _SHARED + 1 if stretches else 0
    shared = {text[start : start + _SHARED] for start in range(last)} & stretches
    for start in range(len(said) - _SHARED + 1 if shared else 0):
        if said[start : start + _SHARED] in shared:
            yield start, start + _SHARED


def _shown(said: str, secret: list[bool]) -> Iterator[str]:
    """Yield the characters of a message, one ellipsis for each part that is left out."""
    for place, character in enumerate(said):
        if not secret[place]:
            yield character
        elif place == 0 or not secret[place - 1]:
            yield "…"
