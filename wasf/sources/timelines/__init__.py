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

from wasf.interfaces import (
    ApiAccess,
    ApiConnection,
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
    from wasf.sources.timelines.api import TimelinesApi

    return TimelinesApi(connection)


def _endpoints(secrets: HookSecrets) -> Iterable[Endpoint]:
    # heavy: loaded where webhooks are received
    from wasf.sources.proofs import AddressSecret

    return [Endpoint("timelines", AddressSecret(secrets.own()))]


def _read(body: Json, recall: Recall) -> Delivery:
    # A description is loaded to show help and settings; the reader is not.
    from wasf.sources.timelines.webhooks import read_timelines

    return read_timelines(body, recall)


PROVIDER = Provider(
    name="timelines",
    title="TimelinesAI",
    api=ApiAccess(
        open=_open,
        where="TimelinesAI: Integrations, Public API",
        revocation="a new one in TimelinesAI (Integrations, Public API) ends it",
        url="https://app.timelines.ai/integrations/api",
        parts=("", "waba-"),
    ),
    webhooks=Webhooks(_endpoints, _read),
)
