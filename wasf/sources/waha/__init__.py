"""Reads the chats of WAHA (WhatsApp HTTP API), a server on linked devices, by polling and webhooks.

```
client    what an answer means; sessions, lists of chats, messages and hidden ids
messages  one message, in the shape of every engine
api       what wasf asks of a server: chats, what is new of each, files, registering webhooks
webhooks  the bodies of its webhooks
```

A session is one WhatsApp number of ours. Which engine runs it decides on details of the payloads;
all are read.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wasf import late_modules
from wasf.interfaces import ApiAccess, ApiOption, Endpoint, HookSecrets, Provider, Webhooks

if TYPE_CHECKING:
    from wasf.sources import proofs
    from wasf.sources.waha import api, webhooks
else:  # a description is loaded to show help and settings; what it describes is not
    (proofs,) = late_modules("wasf.sources", "proofs")
    api, webhooks = late_modules(__package__, "api", "webhooks")

__all__ = ["PROVIDER"]


def _endpoints(secrets: HookSecrets) -> Iterable[Endpoint]:
    proof = proofs.BodySignature(secrets.own(), b"x-webhook-hmac", algorithm="sha512")
    return [Endpoint("waha", proof)]


PROVIDER = Provider(
    name="waha",
    title="WAHA",
    api=ApiAccess(
        open=lambda connection: api.WahaApi(connection),
        where="WAHA: WAHA_API_KEY_PLAIN in the server's .env, or a key of its dashboard",
        revocation="a new key in WAHA's settings or dashboard ends it",
        options=(
            ApiOption("url", "ADDRESS", "the address of your WAHA, such as http://localhost:3000"),
            ApiOption("session", "NAME", "only this session of WAHA; else all that the key sees"),
        ),
        per_second=5,
    ),
    webhooks=Webhooks(_endpoints, lambda body, recall: webhooks.read_waha(body, recall)),
)
