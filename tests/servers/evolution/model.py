"""What an Evolution API server holds: instances, each with one table of messages."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from tests.servers.local_api import Json

_serial = count(1)


@dataclass
class EvolutionRow:
    """A row of the table. `key` is what the key has besides id, side and chat."""

    jid: str
    uid: str
    at: datetime
    message: Json
    from_me: bool = False
    key: Json = field(default_factory=dict)
    push_name: str | None = None
    states: list[str] = field(default_factory=list)
    more: Json = field(default_factory=dict)
    number: int = field(default_factory=lambda: next(_serial))
    content: bytes = b""

    @property
    def shown(self) -> Json:
        """The row as the table shows it."""
        key = {"id": self.uid, "fromMe": self.from_me, "remoteJid": self.jid, "participant": ""}
        return {
            "id": f"cmexampledbid{self.number:012}",
            "key": key | self.key,
            "pushName": "Você" if self.from_me else self.push_name,
            "messageType": next(iter(self.message), ""),
            "message": self.message | {"messageContextInfo": {}},
            "messageTimestamp": int(self.at.timestamp()),
            "instanceId": "00000000-0000-4000-8000-00000000a001",
            "source": "android",
            "contextInfo": None,
            "MessageUpdate": [{"status": one} for one in self.states],
        } | self.more

    @property
    def heard(self) -> Json:
        """The same as `messages.upsert` has it in 2.3.7: the number stands in both places."""
        row = {n: v for n, v in self.shown.items() if n not in ("id", "MessageUpdate")}
        key = dict(row["key"])
        if key.get("remoteJidAlt"):
            key["remoteJid"] = key["remoteJidAlt"]
        return row | {"key": key, "status": "DELIVERY_ACK"}


@dataclass
class EvolutionInstance:
    """An instance: one number of ours, one table, one webhook."""

    name: str
    number: str
    token: str = ""
    status: str = "open"
    integration: str = "WHATSAPP-BAILEYS"
    rows: list[EvolutionRow] = field(default_factory=list)
    subjects: dict[str, str] = field(default_factory=dict)
    webhook: Json | None = None

    def say(self, jid: str, said: str | Json, at: datetime, **facts: Any) -> EvolutionRow:
        """Add a message, a text or a body of WhatsApp's protocol."""
        message = {"conversation": said} if isinstance(said, str) else said
        row = EvolutionRow(jid, facts.pop("uid", f"3EB0{next(_serial):010X}"), at, message, **facts)
        self.rows.append(row)
        return row

    @property
    def shown(self) -> Json:
        """The instance as the server lists it, with its secrets."""
        return {
            "id": "00000000-0000-4000-8000-00000000a001",
            "name": self.name,
            "connectionStatus": self.status,
            "ownerJid": self.number and f"{self.number}:7@s.whatsapp.net",
            "profileName": "Example Ltd",
            "integration": self.integration,
            "token": self.token,
            "Chatwoot": {"token": "SECRET"},
            "_count": {"Message": len(self.rows)},
        }
