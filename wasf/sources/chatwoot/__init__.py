"""Reads the WhatsApp chats of a Chatwoot account, through its API and from its webhooks.

```
model     inboxes, conversations, contacts; which are WhatsApp's
lists     the lists of an account, each to its end
messages  one message, and the text for people; the bodies of webhooks
walk      reads conversations: what is new of each, and what came late
api       what an answer means; what wasf asks of an account: its chats as a `Source`, files
```

Chatwoot is a help desk, mostly on a server of its users' own. A person has a conversation for each
matter, in one of its inboxes; all with one inbox are one chat (I1).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wasf import late_modules
from wasf.interfaces import (
    SERVER_URL,
    ApiAccess,
    ApiOption,
    Endpoint,
    HookSecrets,
    Provider,
    Webhooks,
)

if TYPE_CHECKING:
    from wasf.sources import proofs
    from wasf.sources.chatwoot import api, messages
else:  # a description is loaded to show help and settings; what it describes is not
    (proofs,) = late_modules("wasf.sources", "proofs")
    api, messages = late_modules(__package__, "api", "messages")

__all__ = ["PROVIDER"]

_NAME = "chatwoot"
_SIGNING_SECRET = "WASF_CHATWOOT_HOOK_SECRET"  # noqa: S105 - the name of a variable


def _endpoints(secrets: HookSecrets) -> Iterable[Endpoint]:
    """Return the endpoint. Versions from 4.13 on sign bodies, with a secret of the webhook.

    That is kept when the webhook is registered. The variable gives it for one that was made by
    hand; its address then needs no secret.
    """
    if given := secrets.given(_SIGNING_SECRET):
        return [Endpoint(_NAME, proofs.TimedSignature(given))]
    in_address, kept = proofs.AddressSecret(secrets.own()), secrets.kept(_NAME)
    proof = (
        proofs.SeveralProofs(all, (in_address, proofs.TimedSignature(kept))) if kept else in_address
    )
    return [Endpoint(_NAME, proof)]


PROVIDER = Provider(
    name=_NAME,
    title="Chatwoot",
    api=ApiAccess(
        open=lambda connection: api.ChatwootApi(connection),
        where="Chatwoot: Profile settings, Access Token",
        revocation="resetting it in Chatwoot (Profile settings, Access Token) ends it",
        options=(
            SERVER_URL,
            ApiOption("account", "ID", "the number after /app/accounts/ in the browser"),
            ApiOption("inboxes", "IDS", "ids of API inboxes that a bridge to WhatsApp fills"),
        ),
        per_second=10,
    ),
    webhooks=Webhooks(_endpoints, lambda body, recall: messages.read_chatwoot(body, recall)),
)
