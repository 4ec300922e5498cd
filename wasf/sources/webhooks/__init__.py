"""Reads what chat APIs deliver by themselves: the bodies of webhooks, as chats and messages.

```
fields      the JSON of somebody else, read leniently: what is not there is empty
delivery    what a body brings: messages with their chats, and what was not understood
timelines   TimelinesAI's webhooks
cloud_api   Meta's WhatsApp Cloud API
parties     who is who at Meta's, where a number may be missing
```

A body is only read here. It was received, proved and kept before, and it stays kept if it is not
understood.
"""

from wasf.sources.webhooks.delivery import Delivered, Delivery

__all__ = ["Delivered", "Delivery"]
