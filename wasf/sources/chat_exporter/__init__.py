"""Reads the JSON files of WhatsApp-Chat-Exporter, which takes chats out of a phone's backup.

They have what an "Export chat" lacks: the number, the side and WhatsApp's own id of each message.
The form is that of versions 0.13.0 and 0.13.1 (`data_model.py`, `android_handler.py`,
`ios_handler.py`).

A file may have any size, so it is read piece by piece (`json_stream`), twice: first for a summary
of each chat, which also shows whether the file is whole and one of these; then for its messages
(`messages`), one after the other. `source` joins that into a `Source`.
"""

from wasf.sources.chat_exporter.json_stream import looks_like_export
from wasf.sources.chat_exporter.messages import read_media
from wasf.sources.chat_exporter.source import ChatExporterSource
from wasf.sources.files import FileFormat

__all__ = ["FORMAT", "ChatExporterSource"]

FORMAT = FileFormat(looks_like_export, ChatExporterSource, read_media)
