"""What can go wrong: a sentence, a hint, and an exit code that scripts can count on."""

import inspect

import pytest

from wasf import errors
from wasf.errors import ExitCode, Terminated, TryLater, WasfError

KINDS = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, WasfError)
]

PROMISED = {
    "WrongUsage": 2,
    "ExportMisfit": 5,
    "NotConnected": 4,
    "TokensUnusable": 4,
    "UnreadableFile": 65,
    "FileHeldBack": 65,
    "MissingFile": 66,
    "TryLater": 75,
    "FileChanging": 75,
    "ApiLimitReached": 75,
    "QuotaSpent": 75,
    "TooManyAtOnce": 75,
    "AnotherRun": 75,
    "LedgerUnreachable": 75,
    "KeyringLocked": 75,
    "Unreachable": 75,
    "PermissionMissing": 77,
    "SetupRefused": 3,
    "BadSetting": 78,
    "CertificateRejected": 78,
    "MissingExtra": 78,
    "Stopped": 130,
    "Terminated": 143,
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_its_exit_code_sentence_and_hint(kind):
    error = kind("It is broken.", "fix it")
    assert int(error.exit_code) == PROMISED.get(kind.__name__, 1)
    assert (error.message, error.hint, str(error)) == ("It is broken.", "fix it", "It is broken.")
    assert kind("It is broken.").hint == ""


def test_no_promise_is_forgotten():
    assert set(PROMISED) <= {kind.__name__ for kind in KINDS}


def test_every_exit_code_has_a_meaning_of_its_own():
    meanings = [code.meaning for code in ExitCode]
    assert len(set(meanings)) == len(meanings) == 15
    assert all(meanings)
    assert [int(code) for code in ExitCode] == [
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        65,
        66,
        75,
        77,
        78,
        130,
        141,
        143,
    ]


def test_errors_can_be_told_by_what_to_do():
    assert issubclass(errors.ApiLimitReached, TryLater)
    assert issubclass(Terminated, errors.Stopped)
