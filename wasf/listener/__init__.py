"""Receives webhooks, and lets what came be logged soon: the server behind `wasf listen`.

```
proofs      who may deliver: the secret in an address, the signature over a body
keeping     bodies that come together are committed together, then answered
web         the addresses
figures     what Prometheus asks for
rhythm      when to sync next
worker      syncs on a thread of its own
serving     all of it behind one socket, until somebody asks it to end
```

Knows neither Salesforce nor the chat API nor the ledger: it is given what keeps a body and what
syncs. Nothing of a body, of a number or of a secret gets into a log from here.
"""
