"""`wasf doctor --install-key-field`: makes the unique key field, step by step, and proves it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from wasf.core.auth import Identity
from wasf.core.records import UserId
from wasf.interfaces import KeyField


class KeyFieldSetup(Protocol):
    """An org that gets a key field. All methods raise a `WasfError`, and can be called again.

    Those that make something say whether it had to be made.
    """

    name: str

    def who(self) -> Identity:
        """In which org this is, and who is signed in."""
        ...

    def make_field(self) -> bool:
        """The field itself."""
        ...

    def make_permission_set(self) -> bool:
        """A permission set, for those who may fill it."""
        ...

    def grant(self) -> bool:
        """The access to the field, in the permission set."""
        ...

    def assign(self, user_id: UserId) -> bool:
        """The permission set to the user."""
        ...

    def wait(self) -> KeyField:
        """The field as a sync will find it, once it can be seen."""
        ...

    def prove(self, key_field: KeyField, user_id: UserId) -> None:
        """Write a Task with a key, try to write it again, delete it."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is done: its name, what holds now, and whether it was this run that made it."""

    name: str
    finding: str
    made: bool


def install(setup: KeyFieldSetup, who: Identity) -> Iterator[Step]:
    """Each step as it is done. A step that fails raises, and the next run goes on there."""
    user_id = UserId(who.user_id)
    yield Step("field", f"{setup.name} is a unique field of Activity", setup.make_field())
    yield Step("permission set", "wasf_Message_Key is there", setup.make_permission_set())
    yield Step("access", f"It lets users read and edit {setup.name}", setup.grant())
    yield Step("assignment", f"{who.username} has it", setup.assign(user_id))
    found = setup.wait()
    yield Step("visible", "Salesforce shows the field to the user", made=False)
    setup.prove(found, user_id)
    finding = "A Task with a key was written, a second one refused, the first deleted"
    yield Step("proof", finding, made=False)
