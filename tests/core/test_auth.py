"""What other programs get of the environment, and what types say."""

from importlib.resources import files

import pytest

from wasf.core.auth import without_secrets

SECRET = [
    "WASF_ACCESS_TOKEN", "WASF_TIMELINES_TOKEN", "WASF_CHATWOOT_TOKEN", "WASF_EVOLUTION_TOKEN",
    "WASF_WAHA_TOKEN", "WASF_META_TOKEN", "WASF_META_APP_SECRET", "WASF_META_VERIFY_TOKEN",
    "WASF_LISTEN_SECRET", "WASF_CLIENT_SECRET", "WASF_CHATWOOT_HOOK_SECRET",
    "WASF_HOOK_SECRET_360DIALOG", "wasf_hook_secret_kapso", "WASF_LEDGER",
]  # fmt: skip
PLAIN = ["PATH", "HOME", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK", "HTTPS_PROXY", "WASF_HOME",
         "WASF_TIMEZONE", "GITHUB_TOKEN", "CREDENTIALS_DIRECTORY"]  # fmt: skip


@pytest.mark.parametrize("name", SECRET)
def test_other_programs_do_not_get_what_is_secret(name: str) -> None:
    assert without_secrets({name: "canary", "PATH": "/bin"}) == {"PATH": "/bin"}


@pytest.mark.parametrize("name", PLAIN)
def test_other_programs_get_the_rest(name: str) -> None:
    assert without_secrets({name: "x"}) == {name: "x"}


def test_types_are_there_for_programs_that_import_wasf() -> None:
    assert files("wasf").joinpath("py.typed").is_file()
