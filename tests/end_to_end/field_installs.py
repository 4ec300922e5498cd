"""The two ways in which `wasf doctor` makes custom fields: run them, and see what is made."""

from collections.abc import Iterator
from itertools import count

from tests.end_to_end.program import Result, Wasf
from tests.servers.salesforce import LocalOrg

RIGHTS = [
    "CustomizeApplication", "ViewSetup", "ManageProfilesPermissionsets", "AssignPermissionSets",
]  # fmt: skip

Command = tuple[str, ...]


def install(wasf: Wasf, command: Command, code: int = 0) -> Result:
    """Run it for a program; it has to end with this code."""
    result = wasf.run(*command, "--json")
    assert result.code == code, result.err
    return result


def steps(result: Result) -> list[str]:
    """All steps that it came to."""
    return [each["step"] for each in result.json["steps"]]


def made(result: Result) -> list[str]:
    """The steps that made something."""
    return [each["step"] for each in result.json["steps"] if each["made"]]


def all_in_setup(org: LocalOrg) -> list[int]:
    """How many there are of each thing that an install makes."""
    names = ("CustomField", "PermissionSet", "FieldPermissions", "PermissionSetAssignment")
    return [len(org.rows(name)) for name in names]


def take_right(org: LocalOrg, right: str) -> None:
    """Leave the user all rights that an install needs but this one."""
    org.set(rights=[each for each in RIGHTS if each != right])


def cut_off(kind: str, wasf: Wasf, command: Command, step: int = 1) -> Iterator[tuple[int, Wasf]]:
    """Let one request go wrong, the next time the one `step` later; each time in a new org.

    Yield the number of the request and the program, for which all requests go well from then on.
    The last time there is no such request.
    """
    for place in count(step=step):
        with LocalOrg.start() as org:
            here = Wasf(org, wasf.home)
            org.fail(kind, path="/v67", skip=place)
            first = here.run(*command)
            assert "bug" not in first.err, (kind, place)
            unhurt = len(org.requests) <= place
            org.heal()
            yield place, here
        if unhurt:
            assert first.code == 0
            return
