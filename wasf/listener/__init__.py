"""Receives webhooks and has them logged soon: the server behind `wasf listen`.

```
request ──► proof ──► body ──► buffer ──► inbox (disk) ──► 200
                                 │
                                 └──► Worker ──► sync (inbox, chat APIs) ──► Salesforce
```

`app` has the endpoints of the providers; their proofs admit requests. Its buffer commits bodies
that come together at once; only then they are answered. It counts for Prometheus, too. `server`
runs all of it behind one socket, with a `Worker` that syncs on a thread of its own, when its
`Schedule` says so; `connections` limits what clients may cost before they have proved that they
know a secret.

It knows neither Salesforce nor the chat APIs nor the ledger: it is given what stores a body and
what syncs. Nothing of a body, of a number or of a secret gets into a log from here. It needs the
extra `listen`.
"""

from wasf.listener.server import CheckStop, Listener, SyncOutcome, address_of, bound_socket

__all__ = ["CheckStop", "Listener", "SyncOutcome", "address_of", "bound_socket"]
