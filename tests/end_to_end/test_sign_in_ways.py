"""Several orgs, the ways to sign in without a browser, the end of a sign-in, and cron."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.end_to_end.program import Chats
from tests.end_to_end.sign_in_process import (
    PORTS,
    USER,
    Connecting,
    Office,
    Person,
    callback,
    login_host,
)
from tests.secret_service import needs_secret_service, user_session
from tests.servers.salesforce import LocalOrg

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WASF = Path(sys.executable).with_name("wasf")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return _private(
        tmp_path / "key.pem",
        KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
    )


def _private(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def _certified(office: Office) -> None:
    public = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    office.org.oauth.change_app(
        office.app.client_id,
        certificate=public.decode(),
        permitted_users="admin_approved",
        admitted=[USER],
    )


def _by_key(office: Office, key: Path, *more: object, code: int = 0) -> str:
    done = office.run(
        "connect", "--domain", office.org.base_url, "--client-id", office.app.client_id,
        "--jwt-key", key, "--username", USER, *more, code=code,
    )  # fmt: skip
    return done.stdout + done.stderr


def _without_secrets(home: Path) -> None:
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"PRIVATE KEY" not in content
            assert b"access_token" not in content


# --- JWT ---------------------------------------------------------------------------------------


def test_by_key(office: Office, key_file: Path) -> None:
    _certified(office)
    printed = _by_key(office, key_file)

    assert f"Connected as {USER}" in printed
    assert "not kept" in printed
    _without_secrets(office.home)
    assert "A test Lead" in office.run("test-lead").stdout


def test_by_key_without_approval(office: Office, key_file: Path) -> None:
    _certified(office)
    office.org.oauth.change_app(office.app.client_id, admitted=[])

    assert "may not use the app" in _by_key(office, key_file, code=4)
    office.org.oauth.change_app(office.app.client_id, permitted_users="all")
    assert "has not approved the app" in _by_key(office, key_file, code=4)


def test_a_key_that_everybody_can_read_is_refused(office: Office, key_file: Path) -> None:
    key_file.chmod(0o644)

    assert "chmod 600" in _by_key(office, key_file, code=4)


def test_a_file_that_is_no_key(office: Office, tmp_path: Path) -> None:
    path = _private(tmp_path / "no.pem", "not a key")

    assert "no private RSA key" in _by_key(office, path, code=78)


# --- Client credentials ------------------------------------------------------------------------


def _by_secret(office: Office, domain: str, secret: Path, code: int = 0) -> str:
    done = office.run(
        "connect", "--domain", domain, "--client-id", office.app.client_id,
        "--client-credentials", "--client-secret-file", secret, "--token-store", "file",
        code=code,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_by_the_apps_own_secret(office: Office, tmp_path: Path) -> None:
    secret = _private(tmp_path / "secret", f"{office.app.secret}\n")
    assert "no user to run as" in _by_secret(office, office.org.base_url, secret, code=4)

    office.org.oauth.change_app(office.app.client_id, run_as=USER)
    printed = _by_secret(office, office.org.base_url, secret)

    assert f"Connected as {USER}" in printed
    assert office.app.secret not in printed
    assert "A test Lead" in office.run("test-lead").stdout


def test_a_wrong_secret(office: Office, tmp_path: Path) -> None:
    office.org.oauth.change_app(office.app.client_id, run_as=USER)
    secret = _private(tmp_path / "secret", "00000000000000000000000000000000")

    assert "secret" in _by_secret(office, office.org.base_url, secret, code=78)


def test_an_app_that_asks_for_its_secret_in_the_browser(office: Office, tmp_path: Path) -> None:
    office.org.oauth.change_app(office.app.client_id, require_secret=True)
    with office.connect() as without:
        Person().signs_in(without.address)
        assert "--client-secret-file" in without.ends(78)
    secret = _private(tmp_path / "secret", office.app.secret)
    office.signed_in("--client-secret-file", secret)
    office.org.oauth.expire_access()

    assert "A test Lead" in office.run("test-lead").stdout


# --- The Salesforce CLI ------------------------------------------------------------------------


def _salesforce_cli(office: Office, folder: Path, *, redacted: bool) -> None:
    """A stand-in: the real one is no part of this machine; it prints what the real one prints."""
    shown = "[REDACTED] Use 'sf org auth show-access-token'" if redacted else "$TOKEN"
    program = folder / "sf"
    program.write_text(
        "#!/bin/sh\n"
        f"TOKEN='{office.org.access_token}'\n"
        'case "$*" in\n'
        '  "org display --target-org mine --json")\n'
        f'    echo "{{\\"status\\":0,\\"result\\":{{\\"accessToken\\":\\"{shown}\\",'
        f'\\"instanceUrl\\":\\"{office.org.base_url}\\"}}}}" ;;\n'
        '  "org auth show-access-token --target-org mine --json")\n'
        '    echo "{\\"status\\":0,\\"result\\":{\\"accessToken\\":\\"$TOKEN\\"}}" ;;\n'
        "  *) exit 1 ;;\n"
        "esac\n"
    )
    program.chmod(0o700)
    office.environment["PATH"] = f"{folder}:{office.environment['PATH']}"


@pytest.mark.parametrize("redacted", [False, True], ids=["plain", "redacted"])
def test_from_the_salesforce_cli(office: Office, tmp_path: Path, *, redacted: bool) -> None:
    _salesforce_cli(office, tmp_path, redacted=redacted)
    printed = office.run("connect", "--from-sf", "mine").stdout

    assert f"Connected as {USER}" in printed
    assert "A test Lead" in office.run("test-lead").stdout
    _without_secrets(office.home)
    assert "no valid sign-in" in office.run("connect", "--from-sf", "other", code=4).stderr
    office.run("disconnect")
    assert f"Connected as {USER}" in office.run("connect", "--from-sf", "mine").stdout


def test_without_the_salesforce_cli(office: Office) -> None:
    office.environment["PATH"] = "/nowhere"

    assert "not installed" in office.run("connect", "--from-sf", "mine", code=4).stderr


# --- Several orgs, and the end -----------------------------------------------------------------


def test_several_orgs(office: Office, tmp_path: Path) -> None:
    office.signed_in("main")
    with LocalOrg.start() as second:
        other = Office(second, office.home)
        other.signed_in("Second")
        listed = json.loads(office.run("orgs", "--json").stdout)
        assert [each["org"] for each in listed["orgs"]] == ["main", "second"]
        assert listed["default"] == "main"

        office.run("test-lead", "--org", "second")
        assert (len(office.org.rows("Lead")), len(second.rows("Lead"))) == (0, 1)
        office.run("orgs", "--default", "second")
        assert second.org_id in office.run("orgs").stdout
        assert second.base_url in office.run("status").stdout
        assert "no sign-in named third" in office.run("status", "--org", "third", code=4).stderr


def test_disconnect_revokes_and_forgets(office: Office) -> None:
    office.signed_in()
    assert [grant.revoked for grant in office.org.oauth.grants] == [False]

    printed = office.run("disconnect").stdout

    assert "revoked" in printed
    assert [grant.revoked for grant in office.org.oauth.grants] == [True]
    assert not list(office.home.rglob("tokens.json"))
    assert "wasf connect" in office.run("status", code=4).stderr
    assert "not connected" in office.run("disconnect", code=4).stderr


def test_disconnect_without_a_way_to_salesforce_forgets_all_the_same(
    office: Office, org: LocalOrg
) -> None:
    office.signed_in()
    org.stop()

    printed = office.run("disconnect").stdout

    assert "could not be revoked" in printed
    assert not list(office.home.rglob("tokens.json"))


def test_another_sign_in_replaces_the_first(office: Office) -> None:
    office.signed_in()
    office.signed_in()

    assert len(json.loads(office.run("orgs", "--json").stdout)["orgs"]) == 1
    assert [grant.revoked for grant in office.org.oauth.grants] == [True, False]
    assert "A test Lead" in office.run("test-lead").stdout


def test_a_sign_in_to_another_org_under_the_same_name_is_told(office: Office) -> None:
    office.signed_in()
    with LocalOrg.start() as second:
        printed = Office(second, office.home).signed_in().printed

    assert f"replaces the sign-in to {office.org.base_url}" in printed


def test_a_token_in_the_environment_wins_and_that_is_told(office: Office) -> None:
    office.environment |= {
        "WASF_INSTANCE_URL": office.org.base_url, "WASF_ACCESS_TOKEN": office.org.access_token,
    }  # fmt: skip

    assert "WASF_ACCESS_TOKEN is set" in office.signed_in().printed


# --- Before the first sign-in ------------------------------------------------------------------


def test_without_a_client_id_it_explains(office: Office) -> None:
    done = office.run("connect", code=4)

    for port in PORTS:
        assert callback(port) in done.stdout.split()
    for word in ("(api)", "(refresh_token, offline_access)", "PKCE", "Consumer Key", "\n8. "):
        assert word in done.stdout
    assert done.stdout.strip() in office.run("help", "app").stdout


def test_on_a_terminal_the_client_id_can_be_given_at_once(office: Office) -> None:
    where = ["--domain", login_host(office.org), "--port", str(office.port)]
    with Connecting(office, [*where, "--token-store", "file"], terminal=True) as connecting:
        connecting.waits_for("Paste the Consumer Key here")
        connecting.types(office.app.client_id)
        Person().signs_in(connecting.address)
        assert "Connected as" in connecting.ends(0)
    assert office.app.client_id in (office.home / "profiles.json").read_text()


def test_json(office: Office) -> None:
    with office.connect("--json", "--no-browser") as connecting:
        connecting.waits_for("}\n")
        waiting = json.loads(connecting.printed)
        assert waiting["redirect_uri"] == callback(office.port)
        Person().signs_in(waiting["authorize_url"])
        printed = connecting.ends(0)
    first, second = map(json.loads, printed.splitlines())
    assert (first["event"], second["event"]) == ("waiting", "connected")
    assert (second["username"], second["org"], second["sandbox"]) == (USER, "default", False)


def test_json_of_a_failure(office: Office) -> None:
    done = office.run("connect", "--json", code=4)

    assert json.loads(done.stdout)["event"] == "failed"


WRONG = {
    "two places": (["--sandbox", "--domain", "acme"], "choose one"),
    "two ways": (["--client-credentials", "--from-sf", "a"], "choose one"),
    "a key for nobody": (["--jwt-key", "key.pem"], "belong together"),
    "a client id that is none": (["--client-id", "a b"], "cannot be a client id"),
    "a store that is none": (["--client-id", "abc", "--token-store", "cloud"], "no such token"),
    "a name that is none": (["a/b"], "cannot be the name"),
    "no secret": (["--client-id", "abc", "--client-credentials"], "needs the app's secret"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_wrong_usage(office: Office, arguments: list[str], said: str) -> None:
    assert said in office.run("connect", *arguments, code=2).stderr


def test_plain_http_is_for_this_machine_only(office: Office) -> None:
    done = office.run("connect", "--client-id", "abc", "--domain", "http://acme.example", code=78)

    assert "plain http" in done.stderr


# --- Keyrings that do not work -----------------------------------------------------------------


def _tries_the_keyring(office: Office, code: int) -> str:
    with office.connect("--token-store", "keyring", "--no-browser") as connecting:
        printed = connecting.ends(code)
    assert "authorize?" in printed, "the address comes first"
    assert not list(office.home.rglob("tokens.json")), "no silent downgrade"
    return printed


def test_no_keyring(office: Office) -> None:
    assert "--token-store file" in _tries_the_keyring(office, 4)


@pytest.mark.parametrize(
    "backend", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "no.such.Thing"]
)
def test_a_keyring_that_keeps_nothing(office: Office, backend: str) -> None:
    office.environment["PYTHON_KEYRING_BACKEND"] = backend

    _tries_the_keyring(office, 4)


@needs_secret_service
def test_a_locked_keyring(office: Office, tmp_path: Path) -> None:
    with user_session(tmp_path / "user") as session:
        session.unlock()
        office.environment |= session.environment
        office.run("connect", "--from-sf", "x", code=4)
    with user_session(tmp_path / "user") as session:
        session.start_locked()
        office.environment |= session.environment
        _tries_the_keyring(office, 75)


# --- Cron --------------------------------------------------------------------------------------


def _cron(home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A job as Debian's cron starts it."""
    environment = {
        "HOME": str(home), "LOGNAME": "root", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh",
        "PWD": str(home), **more,
    }  # fmt: skip
    return subprocess.run(
        ["/bin/sh", "-c", f"{WASF} sync --quiet"],
        env=environment, cwd=home, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def _at_home(office: Office, home: Path, chats: Chats) -> None:
    office.resolve(home, chats.folder)
    chats.ada("Hello", title="+44 7700 900123")


def _runs_quietly(office: Office, home: Path, chats: Chats, **more: str) -> None:
    first, second = _cron(home, **more), _cron(home, **more)

    assert (first.returncode, first.stdout, first.stderr) == (0, "", "")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert len(office.org.rows("Task")) == 1


def test_cron_with_a_key(office: Office, key_file: Path, tmp_path: Path, chats: Chats) -> None:
    home = tmp_path / "user"
    _at_home(office, home, chats)
    _certified(office)
    _by_key(office, key_file)

    _runs_quietly(office, home, chats)


def test_cron_with_tokens_in_a_file(office: Office, tmp_path: Path, chats: Chats) -> None:
    home = tmp_path / "user"
    _at_home(office, home, chats)
    office.signed_in()
    office.org.oauth.expire_access()

    _runs_quietly(office, home, chats)


@needs_secret_service
def test_cron_with_the_keyring(office: Office, tmp_path: Path, chats: Chats) -> None:
    home = tmp_path / "user"
    with user_session(home) as session:
        session.unlock()
        _at_home(office, home, chats)
        office.environment |= session.environment
        with office.connect("--token-store", "keyring") as connecting:
            Person().signs_in(connecting.address)
            connecting.ends(0)
        office.org.oauth.expire_access()

        _runs_quietly(office, home, chats, XDG_RUNTIME_DIR=str(session.runtime))
    assert not list(home.rglob("tokens.json"))


def test_cron_without_a_sign_in(office: Office, tmp_path: Path, chats: Chats) -> None:
    home = tmp_path / "user"
    _at_home(office, home, chats)

    ended = _cron(home)

    assert ended.returncode == 4
    assert "wasf connect" in ended.stderr
