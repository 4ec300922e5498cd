"""Reads the chats of Evolution API, a server on linked devices, by polling and from its webhooks.

```
client    what an answer means; instances, messages, windows of them, groups
api       what wasf asks of a server: its chats as a `Source`, files, registering webhooks
webhooks  the bodies of its webhooks
```

An instance is one WhatsApp number of ours. The server has no lists of chats that can be walked: all
messages of an instance are one table, which is asked for by time.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from wasf import late_modules
from wasf.interfaces import ApiAccess, ApiOption, Endpoint, HookSecrets, Provider, Webhooks

if TYPE_CHECKING:
    from wasf.sources import proofs
    from wasf.sources.evolution import api, webhooks
else:  # a description is loaded to show help and settings; what it describes is not
    (proofs,) = late_modules("wasf.sources", "proofs")
    api, webhooks = late_modules(__package__, "api", "webhooks")

__all__ = ["PROVIDER"]

_KEYS: Final = re.compile(rb'"(api_?key|token)"\s*:\s*"[^"\\]*"')


def _endpoints(secrets: HookSecrets) -> Iterable[Endpoint]:
    """Return the endpoint, and the one for servers that add the event to the address.

    The secret is in a header, as `--register` sets it; or somebody has given it to the server as
    `jwt_key`, to sign a token with.
    """
    secret = secrets.own()
    proof = proofs.SeveralProofs(
        any, (proofs.ForwarderSecret(secret, refusal=401), proofs.TokenProof(secret))
    )
    return [
        Endpoint(path, proof, cleaned=_without_keys) for path in ("evolution", "evolution/{event}")
    ]


def _without_keys(body: bytes) -> bytes:
    """Return a body without the server's own keys, which it has in every webhook."""
    return _KEYS.sub(rb'"\1":""', body)


PROVIDER = Provider(
    name="evolution",
    title="Evolution API",
    api=ApiAccess(
        open=lambda connection: api.EvolutionApi(connection),
        where="Evolution API: the token of the instance, in the manager",
        revocation="deleting the instance, or a new key in the server's settings, ends it",
        options=(
            ApiOption("url", "ADDRESS", "the address of your server, such as http://host:8080"),
            ApiOption("instance", "NAME", "only this instance; else all that the key sees"),
        ),
        per_second=5,
    ),
    webhooks=Webhooks(_endpoints, lambda body, recall: webhooks.read_evolution(body, recall)),
)
