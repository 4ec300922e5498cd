"""Reads the chats of WAHA (WhatsApp HTTP API), a server on linked devices, by polling and webhooks.

```
client    what an answer means; sessions, lists of chats, messages and hidden ids
messages  one message, in the shape of every engine
walk      reads the chats of one session: what is new of each
api       what wasf asks of a server: chats, files, the registering of webhooks
webhooks  the bodies of its webhooks
```

A session is one WhatsApp number of ours. Which engine runs it decides on details of the payloads;
all are read.
"""

from collections.abc import Iterable

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


def _open(connection: ApiConnection) -> ChatApi:
    # It loads requests.
    from wasf.sources.waha.api import WahaApi

    return WahaApi(connection)


def _endpoints(secrets: HookSecrets) -> Iterable[Endpoint]:
    # heavy: loaded where webhooks are received
    from wasf.sources.proofs import BodySignature

    proof = BodySignature(secrets.own(), b"x-webhook-hmac", algorithm="sha512")
    return [Endpoint("waha", proof)]


def _read(body: Json, recall: Recall) -> Delivery:
    # A description is loaded to show help and settings; the reader is not.
    from wasf.sources.waha.webhooks import read_waha

    return read_waha(body, recall)


PROVIDER = Provider(
    name="waha",
    title="WAHA",
    api=ApiAccess(
        open=_open,
        where="WAHA: WAHA_API_KEY_PLAIN in the server's .env, or a key of its dashboard",
        revocation="a new key in WAHA's settings or dashboard ends it",
        options=(
            ApiOption("url", "ADDRESS", "the address of your WAHA, such as http://localhost:3000"),
            ApiOption("session", "NAME", "only this session of WAHA; else all that the key sees"),
        ),
        per_second=5,
    ),
    webhooks=Webhooks(_endpoints, _read),
)
