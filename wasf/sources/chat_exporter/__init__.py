"""Reads the JSON files of WhatsApp-Chat-Exporter, which takes chats out of a phone's backup.

```
walking   a JSON text of any size, read piece by piece
heads     first pass: what is in the file, and whether it is one of these
messages  one message of the file as a value
media     the files that messages name, opened safely
source    joins them into a `Source`
```

They carry what an "Export chat" lacks: the number, the direction and WhatsApp's own id of each
message. The form is that of version 0.13 (its `data_model.py`, `android_handler.py` and
`ios_handler.py`).
"""

from wasf.sources.chat_exporter.source import ChatExporterSource

__all__ = ["ChatExporterSource"]
