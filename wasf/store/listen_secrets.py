"""The secrets of the listener: made once and kept with the tokens, or given from outside."""

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from wasf.core.auth import Secret, Tokens
from wasf.errors import BadSetting
from wasf.interfaces import TokenStore
from wasf.store.given_tokens import credential

KEPT_NAME: Final = "@listen"
SECRET_VARIABLE: Final = "WASF_LISTEN_SECRET"  # noqa: S105 - names of variables, no secrets
APP_SECRET_VARIABLE: Final = "WASF_META_APP_SECRET"  # noqa: S105
VERIFY_TOKEN_VARIABLE: Final = "WASF_META_VERIFY_TOKEN"  # noqa: S105
_NO_ORG: Final = "-"
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]{16,200}")


def address_secret(environment: Mapping[str, str], store: Callable[[], TokenStore]) -> Secret:
    """What the address for TimelinesAI's webhooks holds: given, else kept, else made and kept."""
    given = _given(environment, SECRET_VARIABLE)
    if given is not None:
        if not _PLAIN.fullmatch(given.reveal()):
            raise BadSetting(
                f"{SECRET_VARIABLE} has to be 16 to 200 letters, digits, -, _, . or ~.",
                f"Leave {SECRET_VARIABLE} out, and wasf makes one.",
            )
        return given
    keeping = store()
    kept = keeping.read(KEPT_NAME)
    if kept is not None:
        return kept.access_token
    made = Secret(secrets.token_urlsafe(32))
    keeping.write(KEPT_NAME, Tokens(made, None, None, _NO_ORG, datetime.now(UTC)))
    return made


def meta_secrets(environment: Mapping[str, str]) -> tuple[Secret, Secret] | None:
    """The secret of Meta's app and the token that was typed in there; None if neither is given."""
    app_secret = _given(environment, APP_SECRET_VARIABLE)
    verify_token = _given(environment, VERIFY_TOKEN_VARIABLE)
    if app_secret is None and verify_token is None:
        return None
    if app_secret is None or verify_token is None:
        raise BadSetting(
            f"Meta's webhooks need both {APP_SECRET_VARIABLE} and {VERIFY_TOKEN_VARIABLE}.",
            "Set both, or neither.",
        )
    return app_secret, verify_token


def _given(environment: Mapping[str, str], variable: str) -> Secret | None:
    """From the environment, else from systemd: WASF_META_APP_SECRET is wasf-meta-app-secret."""
    if text := environment.get(variable, ""):
        return Secret(text)
    found = credential(environment, variable.lower().replace("_", "-"))
    return found if found is not None and found.reveal() else None
