"""Where the keys of Tasks stand: the field in force, and fields that open intents may have used.

An administrator can give the org a unique key field, or take it away, while the outcome of a
request is still unknown. Its Tasks then carry their key in the field of that time, so the ledger
keeps the names of all fields in use since no intent was open.
"""

from wasf.interfaces import KeyField
from wasf.store.ledger.model import Ledger

_IN_FORCE = "key-field"
_IN_USE = "key-fields-in-use"
_UNIQUE = "unique"


def remember_key_field(ledger: Ledger, key_field: KeyField) -> None:
    """Keep which field takes the key, for `wasf status`."""
    marks = [key_field.name, *([_UNIQUE] if key_field.is_unique else [])]
    _keep(ledger, _IN_FORCE, " ".join(marks))


def recall_key_field(ledger: Ledger) -> KeyField | None:
    """Which field took the key last; None before the first sync."""
    name, _, mark = ledger.recall(_IN_FORCE).partition(" ")
    return KeyField(name, is_unique=mark == _UNIQUE) if name else None


def fields_in_use(ledger: Ledger, key_field: KeyField) -> tuple[str, ...]:
    """All fields in which the keys of open intents may stand, the one in force first.

    From now on that one is among them.
    """
    earlier = ledger.recall(_IN_USE).split(" ") if ledger.intents() else []
    names = tuple(dict.fromkeys(filter(None, [key_field.name, *earlier])))
    _keep(ledger, _IN_USE, " ".join(names))
    return names


def _keep(ledger: Ledger, name: str, value: str) -> None:
    """Most syncs find it as it was, and need not wait for the disk."""
    if ledger.recall(name) != value:
        ledger.remember(name, value)
