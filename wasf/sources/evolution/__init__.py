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
from typing import Final

from wasf.interfaces import (
    ApiAccess,
    ApiConnection,
    ApiOption,
    ChatApi,
    Delivery,
    Endpoint,
    HookSecrets,
    Json,
    Provider,
    Recall,
    Webhooks,
)

__all__ = ["PROVIDER"]

_KEYS: Final = re.compile(rb'"(api_?key|token)"\s*:\s*"[^"\\]*"')


def _open(connection: ApiConnection) -> ChatApi:
    # It loads requests.
    from wasf.sources.evolution.api import EvolutionApi

    return EvolutionApi(connection)


def _endpoints(secrets: HookSecrets) -> Iterable[Endpoint]:
    """Return the endpoint, and the one for servers that add the event to the address.

    The secret is in a header, as `--register` sets it; or somebody has given it to the server as
    `jwt_key`, to sign a token with.
    """
    # heavy: loaded where webhooks are received
    from wasf.sources.proofs import ForwarderSecret, SeveralProofs, TokenProof

    secret = secrets.own()
    proof = SeveralProofs(any, (ForwarderSecret(secret, refusal=401), TokenProof(secret)))
    return [
        Endpoint(path, proof, cleaned=_without_keys) for path in ("evolution", "evolution/{event}")
    ]


def _without_keys(body: bytes) -> bytes:
    """Return a body without the server's own keys, which it has in every webhook."""
    return _KEYS.sub(rb'"\1":""', body)


def _read(body: Json, recall: Recall) -> Delivery:
    # A description is loaded to show help and settings; the reader is not.
    from wasf.sources.evolution.webhooks import read_evolution

    return read_evolution(body, recall)


PROVIDER = Provider(
    name="evolution",
    title="Evolution API",
    api=ApiAccess(
        open=_open,
        where="Evolution API: the token of the instance, in the manager",
        revocation="deleting the instance, or a new key in the server's settings, ends it",
        options=(
            ApiOption("url", "ADDRESS", "the address of your server, such as http://host:8080"),
            ApiOption("instance", "NAME", "only this instance; else all that the key sees"),
        ),
        per_second=5,
    ),
    webhooks=Webhooks(_endpoints, _read),
)
