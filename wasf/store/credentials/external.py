"""Secrets that something else keeps: systemd, a command, a key file, or the environment.

The listener's own secret is made here if none is given, and kept in the token store.
"""

import json
import os
import re
import secrets
import stat
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from wasf.core.auth import Profile, Secret, Tokens, without_secrets
from wasf.errors import BadSetting, MissingFile, NotConnected, TokensUnusable, TryLater
from wasf.interfaces import TokenStore

ACCESS_TOKEN: Final = "wasf-access-token"  # noqa: S105 - names of credentials, no credentials
INSTANCE_URL: Final = "wasf-instance-url"
JWT_KEY: Final = "wasf-jwt-key"
CLIENT_SECRET: Final = "wasf-client-secret"  # noqa: S105 - the name of a credential
_COMMAND_SECONDS: Final = 60.0  # somebody may have to touch a key
_LONGEST: Final = 1_000_000  # bytes
_NAMES: Final = (("access_token", "instance_url"), ("accessToken", "instanceUrl"))

KEPT_NAME: Final = "@listen"
SECRET_VARIABLE: Final = "WASF_LISTEN_SECRET"  # noqa: S105 - the name of a variable, no secret
_NO_ORG: Final = "-"
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]{16,200}")


def credential(environment: Mapping[str, str], name: str) -> Secret | None:
    """Return a credential of systemd, from `$CREDENTIALS_DIRECTORY`; None if it is not there."""
    folder = environment.get("CREDENTIALS_DIRECTORY", "")
    path = Path(folder) / name
    return Secret(_content(path)) if folder and path.is_file() else None


def jwt_key(environment: Mapping[str, str], profile: Profile) -> Secret:
    """Return the private key for a profile: from systemd, else from the profile's key file."""
    given = credential(environment, JWT_KEY)
    return given if given is not None else secret_file(Path(profile.jwt_key_file))


def client_secret(environment: Mapping[str, str], profile: Profile, store: TokenStore) -> Secret:
    """Return the app's secret for a profile: from systemd, else from the token store."""
    given = credential(environment, CLIENT_SECRET)
    kept = None if given is not None else store.read(profile.name)
    found = given or (kept.client_secret if kept else None)
    if found is None:
        raise NotConnected(
            f"The app's secret for the sign-in {profile.name} is not kept here.",
            f"Sign in again: wasf connect {profile.name} --client-credentials",
        )
    return found


def secret_file(path: Path) -> Secret:
    """Return a key, or an app's secret. Raise `TokensUnusable` if every user here can read it."""
    text = _content(path)
    if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o007:
        raise TokensUnusable(
            f"Everybody on this machine can get at {path}, so what it holds is not used.",
            f"chmod 600 '{path}'; if others may have read it, replace what it holds.",
        )
    return Secret(text)


def external_tokens(
    environment: Mapping[str, str], command: Sequence[str], instance_url: str
) -> Callable[[], Tokens] | None:
    """Return how to get the token of systemd, else of the command; None if there is neither."""
    if tokens := from_credentials(environment, instance_url):
        return lambda: tokens
    return (lambda: from_command(command, instance_url)) if command else None


def from_credentials(environment: Mapping[str, str], instance_url: str) -> Tokens | None:
    """Return the access token of systemd, for the address of systemd or else this one."""
    token = credential(environment, ACCESS_TOKEN)
    if token is None:
        return None
    url = credential(environment, INSTANCE_URL)
    return _tokens(token.reveal(), url.reveal() if url else instance_url, ACCESS_TOKEN)


def from_command(command: Sequence[str], instance_url: str) -> Tokens:
    """Return what the command prints: an access token, or JSON with it and the org's address.

    The JSON may be that of `sf org display --json`. No shell is used, and the output is never
    shown. Raise `BadSetting` if there is no such command, `NotConnected` if it fails or prints
    something else, `TryLater` if it takes more than 60 s.
    """
    try:
        ended = subprocess.run(  # noqa: S603 - the user's own command, without a shell
            [Path(command[0]).expanduser(), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=_COMMAND_SECONDS,
            env=without_secrets(os.environ),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TryLater("secret_command does not end.", "Run it by hand and look.") from None
    except OSError as error:
        raise BadSetting(
            f"secret_command cannot be run: {error.strerror}.",
            "wasf config set secret_command '/the/whole/path/of/a/command and its arguments'",
        ) from None
    if ended.returncode != 0:
        raise NotConnected(
            f"secret_command failed (exit code {ended.returncode}).", "Run it by hand and look."
        )
    return _printed(ended.stdout.decode("utf-8", "replace").strip(), instance_url)


class ListenSecrets:
    """`HookSecrets` for webhooks. `store` opens the token store that keeps the listener's own.

    Without it there is no secret of the listener's own.
    """

    def __init__(
        self, environment: Mapping[str, str], store: Callable[[], TokenStore] | None = None
    ) -> None:
        self._environment = environment
        self._store = store

    def given(self, variable: str) -> Secret | None:
        """Return a secret from the environment, else from systemd, else None.

        The variable WASF_META_APP_SECRET is the credential wasf-meta-app-secret of systemd.
        """
        if text := self._environment.get(variable, ""):
            return Secret(text)
        found = credential(self._environment, variable.lower().replace("_", "-"))
        return found if found is not None and found.reveal() else None

    def named(self, prefix: str) -> Mapping[str, Secret]:
        """Return the secrets of the environment whose names begin so, by the rest of the names."""
        given = self._environment.items()
        return {
            name.removeprefix(prefix): Secret(text)
            for name, text in given
            if name.startswith(prefix) and name != prefix and text
        }

    def own(self) -> Secret:
        """Return WASF_LISTEN_SECRET if it is given, else the kept one, else a new one.

        Raise `BadSetting` if the given one cannot stand in an address.
        """
        given = self.given(SECRET_VARIABLE)
        if given is not None:
            if not _PLAIN.fullmatch(given.reveal()):
                raise BadSetting(
                    f"{SECRET_VARIABLE} has to be 16 to 200 letters, digits, -, _, . or ~.",
                    f"Leave {SECRET_VARIABLE} out, and wasf makes one.",
                )
            return given
        if self._store is None:
            raise BadSetting(f"{SECRET_VARIABLE} is not given.", "wasf listen makes one.")
        store = self._store()
        kept = store.read(KEPT_NAME)
        if kept is not None:
            return kept.access_token
        made = Secret(secrets.token_urlsafe(32))
        store.write(KEPT_NAME, _as_tokens(made))
        return made

    def kept(self, name: str) -> Secret | None:
        """Return the secret that a provider gave when webhooks were registered, None without."""
        if self._store is None:
            return None
        try:
            kept = self._store().read(f"{KEPT_NAME}-{name}")
        except TokensUnusable:
            if self.given(SECRET_VARIABLE) is None:
                raise
            return None  # where all secrets are given, there need not be a store
        return kept.access_token if kept else None

    def keep(self, name: str, secret: Secret) -> None:
        """Keep a secret that the provider of that name gave."""
        if self._store is None:
            return
        try:
            self._store().write(f"{KEPT_NAME}-{name}", _as_tokens(secret))
        except TokensUnusable:
            if self.given(SECRET_VARIABLE) is None:
                raise


def _as_tokens(secret: Secret) -> Tokens:
    return Tokens(secret, None, None, _NO_ORG, datetime.now(UTC))


def _printed(text: str, instance_url: str) -> Tokens:
    if not text.startswith("{"):
        return _tokens(text, instance_url, "secret_command")
    try:
        value = json.loads(text)
        value = value.get("result", value)
        for token, url in _NAMES:
            if token in value:
                return _tokens(
                    str(value[token]), str(value.get(url, instance_url)), "secret_command"
                )
    except (ValueError, AttributeError, TypeError):
        pass
    raise NotConnected(
        "What secret_command prints holds no access token.",
        'It should print a token, or {"access_token": "…", "instance_url": "https://…"}.',
    )


def _tokens(token: str, instance_url: str, what: str) -> Tokens:
    if not instance_url:
        raise NotConnected(
            f"There is an access token from {what}, but no address of an org.",
            "Set WASF_INSTANCE_URL to the org's address.",
        )
    return Tokens(Secret(token), None, None, instance_url.strip(), datetime.now(UTC))


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST).decode("utf-8", "replace").strip()
    except OSError as error:
        raise MissingFile(
            f"{path} cannot be read: {(error.strerror or type(error).__name__).lower()}.",
            "Check its name and its rights.",
        ) from error
