"""Where a run takes its token from, and that it says so when it finds none."""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.end_to_end.program import ADA_PHONE, Chats, Wasf
from tests.secret_service import Session, needs_secret_service, user_session
from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.oauth_visitor import USER
from tests.signed_in import folders_of, rotating_app, sign_in, web_profile
from wasf.core.auth import Profile, Secret, SignInKind, StoreKind, Tokens
from wasf.store.credentials import open_token_store
from wasf.store.credentials.token_stores import FileStore, KeyringStore
from wasf.store.profiles import Profiles


@pytest.fixture
def wasf(org: LocalOrg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wasf:
    """Not signed in."""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    org.add("Contact", FirstName="Ada", LastName="Example", Phone=ADA_PHONE)
    wasf = Wasf(org, tmp_path / "home")
    del wasf.environment["WASF_INSTANCE_URL"], wasf.environment["WASF_ACCESS_TOKEN"]
    return wasf


@pytest.fixture
def chat(chats: Chats) -> Path:
    return chats.ada("hello")


def file_store(wasf: Wasf) -> FileStore:
    return FileStore(folders_of(wasf.home).tokens)


def keep(wasf: Wasf, profile: Profile) -> None:
    Profiles(folders_of(wasf.home).profiles).put(profile)


# --- Nobody signed in --------------------------------------------------------------------------


def test_nothing_at_all(wasf: Wasf, chat: Path):
    result = wasf.run("sync", chat)
    assert result.code == 4
    assert "wasf connect" in result.err
    kept = {path.name for path in wasf.home.rglob("*") if path.is_file()}
    remembered = {"runs.jsonl", "runs.lock", "wasf.log"}
    assert kept == remembered, "the run is remembered, and nothing else (W8)"


def test_a_profile_whose_tokens_are_gone(wasf: Wasf, org: LocalOrg, chat: Path):
    app = rotating_app(org)
    sign_in(org, app, wasf.home, file_store(wasf))
    file_store(wasf).delete("acme")
    result = wasf.run("sync", chat)
    assert result.code == 4
    assert "wasf connect acme" in result.err


def test_several_profiles_and_none_is_the_default(wasf: Wasf, org: LocalOrg, chat: Path):
    app = rotating_app(org)
    profile = sign_in(org, app, wasf.home, file_store(wasf))
    for name in ("second", "third"):
        keep(wasf, replace(profile, name=name))
    Profiles(folders_of(wasf.home).profiles).remove("acme")
    result = wasf.run("sync", chat)
    assert result.code == 4
    assert "--org" in result.err


# --- Profiles ----------------------------------------------------------------------------------


def test_a_profile_syncs_and_status_needs_no_token(wasf: Wasf, org: LocalOrg, chat: Path):
    sign_in(org, rotating_app(org), wasf.home, file_store(wasf))
    assert wasf.sync(chat).chat()["logged"] == 1
    file_store(wasf).delete("acme")
    assert wasf.run("status").code == 0
    assert USER in wasf.run("status").out


def test_an_ended_token_is_renewed_on_the_way(wasf: Wasf, org: LocalOrg, chats: Chats):
    sign_in(org, rotating_app(org), wasf.home, file_store(wasf))
    for day in range(3):
        org.oauth.expire_access()
        assert wasf.sync(chats.ada(*map(str, range(day + 1)))).messages["logged"] == 1
    assert [grant.refreshes for grant in org.oauth.grants] == [3]


def test_a_revoked_sign_in_keeps_what_waits(wasf: Wasf, org: LocalOrg, chats: Chats):
    app = rotating_app(org)
    sign_in(org, app, wasf.home, file_store(wasf))
    org.oauth.revoke_grants()
    result = wasf.run("sync", chats.ada("hello"))
    assert result.code == 4
    assert "wasf connect" in result.err
    sign_in(org, app, wasf.home, file_store(wasf))
    assert wasf.sync(chats.ada("hello", "again")).messages["logged"] == 2
    assert len(wasf.texts()) == 2


def test_a_named_profile(wasf: Wasf, org: LocalOrg, chat: Path):
    app = rotating_app(org)
    profile = sign_in(org, app, wasf.home, file_store(wasf))
    keep(wasf, replace(profile, name="broken", login_url="http://localhost:9"))
    assert wasf.run("sync", chat, "--org", "Broken").code == 4
    assert wasf.run("sync", chat, "--org", "nobody").code == 4
    assert wasf.run("sync", chat, "--org", "acme").code == 0


def test_the_environment_wins_over_a_profile(wasf: Wasf, org: LocalOrg, chat: Path):
    sign_in(org, rotating_app(org), wasf.home, file_store(wasf))
    file_store(wasf).delete("acme")
    wasf.environment |= {
        "WASF_INSTANCE_URL": org.base_url,
        "WASF_ACCESS_TOKEN": org.access_token,
    }
    assert wasf.run("sync", chat).code == 0
    refused = wasf.run("sync", chat, "--org", "acme")
    assert (refused.code, "unset WASF_ACCESS_TOKEN" in refused.err) == (2, True)


def test_a_file_that_others_can_read_is_not_used(wasf: Wasf, org: LocalOrg, chat: Path):
    sign_in(org, rotating_app(org), wasf.home, file_store(wasf))
    (folders_of(wasf.home).tokens / "acme" / "tokens.json").chmod(0o644)
    result = wasf.run("sync", chat)
    assert result.code == 4
    assert "chmod 600" in result.err


# --- Without a browser -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def robot(org: LocalOrg, key: rsa.RSAPrivateKey, file: Path) -> Profile:
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    app = org.oauth.add_app(
        certificate=public.decode(), permitted_users="admin_approved", admitted=[USER]
    )
    profile = web_profile(org, app, store="keyring")
    return replace(profile, kind=SignInKind.JWT, jwt_key_file=str(file))


@pytest.mark.parametrize("place", ["file", "systemd"])
def test_a_key_needs_neither_browser_nor_keyring(
    wasf: Wasf, org: LocalOrg, chat: Path, key: rsa.RSAPrivateKey, tmp_path: Path, place: str
):
    folder = tmp_path / "credentials"
    folder.mkdir()
    file = folder / ("wasf-jwt-key" if place == "systemd" else "robot.pem")
    file.write_text(private(key))
    file.chmod(0o600)
    keep(wasf, robot(org, key, file if place == "file" else tmp_path / "gone.pem"))
    if place == "systemd":
        wasf.environment["CREDENTIALS_DIRECTORY"] = str(folder)
    assert wasf.sync(chat).messages["logged"] == 1
    kept = b"".join(wasf.kept().values())
    assert b"PRIVATE KEY" not in kept
    assert b"access_token" not in kept


def test_a_token_that_ends_during_a_run_is_asked_for_anew(
    wasf: Wasf, org: LocalOrg, chat: Path, key: rsa.RSAPrivateKey, tmp_path: Path
):
    file = tmp_path / "robot.pem"
    file.write_text(private(key))
    file.chmod(0o600)
    keep(wasf, robot(org, key, file))
    org.fail("unauthorized", path="/composite", times=1)
    assert wasf.sync(chat).messages["logged"] == 1


def test_the_apps_own_secret(wasf: Wasf, org: LocalOrg, chat: Path, tmp_path: Path):
    app = org.oauth.add_app(run_as=USER, require_secret=True)
    profile = web_profile(org, app)
    keep(wasf, replace(profile, kind=SignInKind.CLIENT_CREDENTIALS, login_url=org.base_url))
    file_store(wasf).write(
        "acme",
        Tokens(Secret("none"), None, Secret(app.secret), org.base_url, datetime.now(UTC)),
    )
    assert wasf.sync(chat).messages["logged"] == 1
    file_store(wasf).delete("acme")
    assert wasf.run("sync", chat).code == 4
    (tmp_path / "wasf-client-secret").write_text(app.secret)
    wasf.environment["CREDENTIALS_DIRECTORY"] = str(tmp_path)
    assert wasf.run("sync", chat).code == 0


def test_a_command_that_prints_a_token(wasf: Wasf, org: LocalOrg, chat: Path):
    text = f'{{"access_token": "{org.access_token}", "instance_url": "{org.base_url}"}}'
    script = wasf.home.parent / "secret.py"
    script.write_text(f"print({text!r})")
    wasf.environment["WASF_SECRET_COMMAND"] = f"'{sys.executable}' '{script}'"
    assert wasf.sync(chat).messages["logged"] == 1
    script.write_text("print('wrong')")
    wasf.environment["WASF_INSTANCE_URL"] = org.base_url
    assert wasf.run("sync", chat).code == 4


def test_a_profile_that_is_named_wins_over_a_command(wasf: Wasf, org: LocalOrg, chat: Path):
    sign_in(org, rotating_app(org), wasf.home, file_store(wasf))
    wasf.environment["WASF_SECRET_COMMAND"] = "/no/such/command"
    assert wasf.run("sync", chat).code == 78
    assert wasf.run("sync", chat, "--org", "acme").code == 0


def test_systemd_gives_a_token(wasf: Wasf, org: LocalOrg, chat: Path, tmp_path: Path):
    (tmp_path / "wasf-access-token").write_text(f"{org.access_token}\n")
    (tmp_path / "wasf-instance-url").write_text(f"{org.base_url}\n")
    wasf.environment["CREDENTIALS_DIRECTORY"] = str(tmp_path)
    assert wasf.sync(chat).messages["logged"] == 1


# --- From the keyring --------------------------------------------------------------------------


@pytest.fixture
def session() -> Iterator[Session]:
    with (
        tempfile.TemporaryDirectory(prefix="wasf", ignore_cleanup_errors=True) as home,
        user_session(Path(home)) as session,
    ):
        yield session


def keyring_of(wasf: Wasf, session: Session, monkeypatch: pytest.MonkeyPatch) -> KeyringStore:
    for name, value in session.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    folders = folders_of(wasf.home)
    store = open_token_store(StoreKind.KEYRING, folders, interactive=False)
    assert isinstance(store, KeyringStore)
    return store


@needs_secret_service
def test_a_job_of_cron_finds_the_keyring(
    wasf: Wasf, org: LocalOrg, chat: Path, session: Session, monkeypatch: pytest.MonkeyPatch
):
    session.unlock()
    sign_in(org, rotating_app(org), wasf.home, keyring_of(wasf, session, monkeypatch))
    org.oauth.expire_access()
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    assert wasf.sync(chat).messages["logged"] == 1
    assert not (wasf.home / "tokens").exists()


@needs_secret_service
def test_no_keyring_is_a_reason_to_stop_and_not_to_use_a_file(
    wasf: Wasf, org: LocalOrg, chat: Path, session: Session, monkeypatch: pytest.MonkeyPatch
):
    session.unlock()
    sign_in(org, rotating_app(org), wasf.home, keyring_of(wasf, session, monkeypatch))
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    result = wasf.run("sync", chat, "--quiet")
    assert result.code == 4
    assert "--token-store file" in result.err
    assert not (wasf.home / "tokens").exists()
