"""Reads the chats of a TimelinesAI workspace, through its API and from its webhooks.

```
model     the API's parts, objects and messages
walk      reads the chats of one part of the API: what is new of each, and what came late
api       what an answer means; what wasf asks of a workspace: its chats as a `Source`, files
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
