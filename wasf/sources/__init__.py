"""Where chats come from: one module or folder each.

To add a source, write a module with a class that satisfies `interfaces.Source`, and name it here.
The names are strings, so that a source that is not used costs no import.
"""

SOURCES = {
    "export": "wasf.sources.exports:ExportSource",
    "chat-exporter": "wasf.sources.chat_exporter:ChatExporterSource",
    "timelines": "wasf.sources.timelines:TimelinesSource",
}
"""Kind of source (`SourceChat.source`) -> where its class is."""
