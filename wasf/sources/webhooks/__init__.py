"""Reads what chat APIs deliver by themselves: the bodies of webhooks, as chats and messages.

```
delivery    what a body brings: messages with their chats, and what was not understood
timelines   TimelinesAI's webhooks
cloud_api   Meta's WhatsApp Cloud API
parties     who is who at Meta's, where a number may be missing
source      what waits in the inbox, as a `Source`
registering has TimelinesAI send its webhooks here
```

A body is only read here. It was received, proved and kept before, and it stays kept if it is not
understood.
"""

from wasf.sources.webhooks.cloud_messages import Delivered, Delivery

__all__ = ["Delivered", "Delivery"]
