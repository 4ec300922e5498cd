"""Reads the chats of a TimelinesAI workspace through its API.

```
client    one request: paced, patient, its answer checked, its error a type
bodies    an answer's body, bounded in size and in time
answers   the API's JSON as values
about     what a token is for: the workspace and its numbers
listing   walks a list of chats, which move while it is walked
entries   a chat's messages from a moment on, page by page
cursors   how far each chat and each list was read
wording   what kind of message an entry is, and the text for people
files     the files of messages, fetched when they are needed
source    joins all of it into a `Source`
```

What the API is like stands in TimelinesAI's public API reference; where its pages disagree, both
readings are accepted.
"""

from wasf.sources.timelines.client import TimelinesClient
from wasf.sources.timelines.source import SOURCE, TimelinesSource

__all__ = ["SOURCE", "TimelinesClient", "TimelinesSource"]
