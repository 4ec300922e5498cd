"""An org as its connected user sees it, and what wasf needs there: the facts of a check-up."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta


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
