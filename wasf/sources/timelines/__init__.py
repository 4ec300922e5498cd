"""Reads the chats of a TimelinesAI workspace through its API.

```
client    one request: paced, patient, its answer checked, its error a type
answers   the API's JSON as values
cursors   how far each chat and the whole list was read
wording   what kind of message an entry is, and the text for people
source    walks the chats and joins all of it into a `Source`
```

What the API is like stands in TimelinesAI's public API reference; where its pages disagree, both
readings are accepted.
"""

from wasf.sources.timelines.client import Client, Pace
from wasf.sources.timelines.source import SOURCE, TimelinesSource

__all__ = ["SOURCE", "Client", "Pace", "TimelinesSource"]
