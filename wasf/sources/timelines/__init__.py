"""Reads the chats of a TimelinesAI workspace, through its API and from its webhooks.

```
client    what an answer of the API means; walks through its lists
model     the API's objects and its messages
walk      reads the chats of one part of the API: what is new of each, and what came late
api       what wasf asks of a workspace: its chats as a `Source`, files, registering webhooks
webhooks  the bodies of its webhooks
```

The API is described in TimelinesAI's public API reference; where its pages disagree, both readings
are accepted.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wasf import late_modules
from wasf.interfaces import ApiAccess, Endpoint, HookSecrets, Provider, Webhooks

if TYPE_CHECKING:
    from wasf.sources import proofs
    from wasf.sources.timelines import api, webhooks
else:  # a description is loaded to show help and settings; what it describes is not
    (proofs,) = late_modules("wasf.sources", "proofs")
    api, webhooks = late_modules(__package__, "api", "webhooks")

__all__ = ["PROVIDER"]


def _endpoints(secrets: HookSecrets) -> Iterable[Endpoint]:
    return [Endpoint("timelines", proofs.AddressSecret(secrets.own()))]


PROVIDER = Provider(
    name="timelines",
    title="TimelinesAI",
    api=ApiAccess(
        open=lambda connection: api.TimelinesApi(connection),
        where="TimelinesAI: Integrations, Public API",
        revocation="a new one in TimelinesAI (Integrations, Public API) ends it",
        url="https://app.timelines.ai/integrations/api",
        parts=("", "waba-"),
    ),
    webhooks=Webhooks(_endpoints, lambda body, recall: webhooks.read_timelines(body, recall)),
)
