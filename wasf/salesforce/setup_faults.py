"""What Salesforce's refusals of a step of the set-up mean, and what a person does about each."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from wasf.errors import PermissionMissing, SetupRefused
from wasf.salesforce.faults import RequestFailed

PERMISSION_SET: Final = "wasf_Message_Key"
_NO_ROOM: Final = "CUSTOM_ENTITY_OR_FIELD_LIMIT"
_HIDDEN: Final = frozenset({"INVALID_TYPE", "NOT_FOUND"})


class Right(NamedTuple):
    """What a step cannot do without: in a sentence, and what the right is called in Setup."""

    what: str
    name: str


TO_MAKE_FIELDS: Final = Right("make custom fields", "Customize Application")
TO_MAKE_SETS: Final = Right(
    "make permission sets", "Manage Profiles and Permission Sets, with View Setup and Configuration"
)
TO_ASSIGN: Final = Right("assign permission sets", "Assign Permission Sets")


@contextmanager
def told(right: Right | None = None) -> Iterator[None]:
    """Let only our own errors out; where a right is missing, say which."""
    try:
        yield
    except RequestFailed as failed:
        if right and _is_denied(failed):
            raise PermissionMissing(
                f"The connected user may not {right.what} in Salesforce.",
                f"It takes the permission {right.name}. An administrator signs in by wasf connect"
                f" NAME, runs wasf doctor --org NAME --install-key-field, and assigns the"
                f" permission set {PERMISSION_SET} to whoever else runs wasf.",
            ) from None
        if failed.code == _NO_ROOM:
            raise SetupRefused(
                "Activity has as many custom fields as the org allows.",
                "An administrator deletes one that nobody needs (Setup, Object Manager, Activity)."
                " Until then wasf keeps its key in a standard field.",
            ) from None
        if failed.status == 400 and failed.errors:
            raise SetupRefused(
                f"Salesforce refused a step of the set-up ({failed.code}).",
                "What was done before is kept. An administrator finds out why by doing it by hand:"
                " the README says how.",
            ) from None
        raise failed.error from None


def _is_denied(failed: RequestFailed) -> bool:
    return isinstance(failed.error, PermissionMissing) or failed.code in _HIDDEN
