"""Reads the webhooks of Meta's WhatsApp Cloud API.

```
changes    the changes in a body: messages, and what Meta says of our account
events     what a body brings: messages, calls, history, changed ids
messages   one message, the text for people, and its file
```
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from wasf import late_modules
from wasf.core.auth import Secret
from wasf.errors import BadSetting
from wasf.interfaces import Endpoint, HookFile, HookSecrets, Provider, Webhooks

if TYPE_CHECKING:
    from wasf.sources import proofs
    from wasf.sources.meta import events, messages
else:  # a description is loaded to show help and settings; what it describes is not
    (proofs,) = late_modules("wasf.sources", "proofs")
    events, messages = late_modules(__package__, "events", "messages")

__all__ = ["PROVIDER"]

_APP_SECRET: Final = "WASF_META_APP_SECRET"  # noqa: S105 - names of variables, no secrets
_FORWARDERS: Final = "WASF_HOOK_SECRET_"
_FILE_TOKEN: Final = "WASF_META_TOKEN"  # noqa: S105 - the name of a variable
_SHORTEST_SECRET: Final = 16
_VERIFY_TOKEN: Final = "WASF_META_VERIFY_TOKEN"  # noqa: S105 - the name of a variable


def _endpoints(secrets: HookSecrets) -> Iterable[Endpoint]:
    """Return Meta's endpoint, and one for each provider that forwards Meta's bodies."""
    return [_own_endpoint(secrets), *_forwarders(secrets)]


def _own_endpoint(secrets: HookSecrets) -> Endpoint:
    """Return the endpoint of Meta itself; it is closed unless both secrets are given."""
    app_secret, verify_token = secrets.given(_APP_SECRET), secrets.given(_VERIFY_TOKEN)
    if app_secret is not None and verify_token is not None:
        proof = proofs.BodySignature(app_secret, b"x-hub-signature-256", prefix=b"sha256=")
        return Endpoint("meta", proof, partial(_challenge, verify_token))
    if app_secret is None and verify_token is None:
        return Endpoint("meta")
    raise BadSetting(
        f"Meta's webhooks need both {_APP_SECRET} and {_VERIFY_TOKEN}.", "Set both, or neither."
    )


def _forwarders(secrets: HookSecrets) -> Iterable[Endpoint]:
    """Yield the endpoints of providers that forward Meta's bodies without Meta's signature.

    WASF_HOOK_SECRET_360DIALOG is the secret of `/meta/360dialog`.
    """
    for name, secret in sorted(secrets.named(_FORWARDERS).items()):
        if not (name.replace("_", "").isalnum() and len(secret.reveal()) >= _SHORTEST_SECRET):
            raise BadSetting(
                f"{_FORWARDERS}{name} has to be a secret of at least {_SHORTEST_SECRET} characters"
                " for a name of letters, digits and _.",
                "Make one, such as with: openssl rand -hex 32",
            )
        yield Endpoint(f"meta/{name.lower()}", proofs.ForwarderSecret(secret))


def _challenge(verify_token: Secret, asked: Mapping[str, str]) -> str | None:
    """Answer Meta, which asks once, with the token that was typed in there, if this is ours."""
    is_ours = proofs.is_same(asked.get("hub.verify_token", ""), verify_token)
    if asked.get("hub.mode") != "subscribe" or not is_ours:
        return None
    return asked.get("hub.challenge", "")


def _read_file(secrets: HookSecrets, wanted: HookFile) -> bytes:
    return messages.read_media(secrets, _FILE_TOKEN, wanted)


PROVIDER = Provider(
    name="meta",
    title="WhatsApp Cloud API",
    webhooks=Webhooks(
        _endpoints,
        lambda body, recall: events.read_cloud_api(body, recall),
        _read_file,
        _FILE_TOKEN,
    ),
)
