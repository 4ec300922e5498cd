"""What a WAHA server holds: sessions with their chats and messages, in the shape of an engine."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from itertools import count
from typing import Any

from tests.servers.local_api import Json

HALF = "\ud83d"
"""Half of a character, as a broken phone sends it."""

_serial = count(1)


class Engine(Enum):
    """What runs a session; it decides on details of the payloads."""

    WEBJS = "WEBJS"
    NOWEB = "NOWEB"
    GOWS = "GOWS"


@dataclass
class WahaFile:
    """A file of a message."""

    content: bytes
    mimetype: str
    filename: str | None = None


@dataclass
class WahaRow:
    """A row of a chat's list. A hidden one (a reaction, a vote) counts on a page and is not shown.

    `alt` is the other id of the person whose id the row has, `data` what the engine says besides.
    """

    uid: str
    at: datetime
    body: str | None
    from_me: bool = False
    sender: str = ""
    alt: str = ""
    push_name: str = ""
    attached: WahaFile | None = None
    hidden: bool = False
    ack: int = 2
    data: Json = field(default_factory=dict)
    more: Json = field(default_factory=dict)


@dataclass
class WahaChat:
    """A chat of a session, by the id under which the server has it."""

    session: "WahaSession"
    jid: str
    name: str | None
    rows: list[WahaRow] = field(default_factory=list)

    def say(self, body: str | None, at: datetime, **facts: Any) -> WahaRow:
        """Add a message."""
        row = WahaRow(facts.pop("uid", f"3EB0{next(_serial):010X}"), at, body, **facts)
        self.rows.append(row)
        return row

    @property
    def newest_first(self) -> list[WahaRow]:
        return sorted(self.rows, key=lambda row: row.at, reverse=True)

    @property
    def last(self) -> WahaRow | None:
        return next((row for row in self.newest_first if not row.hidden), None)

    def full_id(self, row: WahaRow) -> str:
        """The id as WAHA writes it."""
        parts = ["true" if row.from_me else "false", self.jid, row.uid]
        return "_".join([*parts, row.sender] if row.sender else parts)

    def shown(self, row: WahaRow) -> Json:
        """A message as WAHA's lists and webhooks show it."""
        media = row.attached and {
            "url": f"http://localhost:3000/api/files/{self.session.name}/{row.uid}",
            "mimetype": row.attached.mimetype,
            "filename": row.attached.filename,
            "s3": None,
            "error": None,
        }
        message: Json = {
            "id": self.full_id(row),
            "timestamp": int(row.at.timestamp()),
            "fromMe": row.from_me,
            "body": row.body,
            "hasMedia": row.attached is not None,
            "media": media,
            "ack": row.ack,
            "location": None,
            "vCards": [],
            "replyTo": None,
        }
        return message | _BY_ENGINE[self.session.engine](self, row) | row.more


def _body(row: WahaRow) -> Json:
    """The message as WhatsApp's protocol has it."""
    if row.attached:
        file = {"mimetype": row.attached.mimetype, "fileName": row.attached.filename}
        return {"documentMessage": file | {"caption": row.body}}
    return {"conversation": row.body} if row.body else {}


def _webjs(chat: WahaChat, row: WahaRow) -> Json:
    ours = f"{chat.session.number}@c.us"
    data: Json = {"type": "chat", "notifyName": row.push_name}
    if row.attached:
        file = {"mimetype": row.attached.mimetype, "filename": row.attached.filename}
        data |= {"type": "document"} | file
    return {
        "from": ours if row.from_me else chat.jid,
        "to": chat.jid if row.from_me else ours,
        "participant": row.sender or None,
        "_data": data | row.data,
    }


def _noweb(chat: WahaChat, row: WahaRow) -> Json:
    key: Json = {"remoteJid": chat.jid.replace("@c.us", "@s.whatsapp.net"), "id": row.uid}
    if row.alt:
        key["participantAlt" if row.sender else "remoteJidAlt"] = row.alt
    return {
        "from": chat.jid,
        "participant": row.sender or None,
        "_data": {"key": key, "pushName": row.push_name, "message": _body(row)} | row.data,
    }


def _gows(chat: WahaChat, row: WahaRow) -> Json:
    info: Json = {"Chat": chat.jid, "Sender": row.sender or chat.jid, "PushName": row.push_name}
    if row.alt:
        info["RecipientAlt" if row.from_me and not row.sender else "SenderAlt"] = row.alt
    return {
        "from": chat.jid,
        "to": row.sender or None,
        "participant": row.sender or None,
        "_data": {"Info": info, "Message": _body(row)} | row.data,
    }


_BY_ENGINE = {Engine.WEBJS: _webjs, Engine.NOWEB: _noweb, Engine.GOWS: _gows}


@dataclass
class WahaSession:
    """A session: one number of ours. `lids` are the pairs of hidden id and number, or None."""

    name: str
    number: str
    engine: Engine = Engine.GOWS
    status: str = "WORKING"
    lid: str = "99001122334455@lid"
    metadata: Json = field(default_factory=dict)
    config: Json = field(default_factory=dict)
    lids: dict[str, str | None] = field(default_factory=dict)
    chats: dict[str, WahaChat] = field(default_factory=dict)
    starts: int = 0
    stores: bool = True

    def add_chat(self, jid: str, name: str | None = None) -> WahaChat:
        """Add a chat."""
        return self.chats.setdefault(jid, WahaChat(self, jid, name))

    @property
    def me(self) -> Json | None:
        """Our side, as sessions and webhooks name it."""
        if not self.number:
            return None
        return {
            "id": f"{self.number}@c.us",
            "lid": self.lid,
            "jid": f"{self.number}:7@s.whatsapp.net",
            "pushName": "Example Ltd",
        }

    @property
    def shown(self) -> Json:
        """The session as WAHA's list shows it."""
        config = {"metadata": self.metadata, "webhooks": []} | self.config
        return {
            "name": self.name,
            "status": self.status,
            "me": self.me if self.status == "WORKING" else None,
            "config": config,
            "engine": {"engine": self.engine.value},
            "timestamps": {"activity": int(datetime.now(UTC).timestamp() * 1000)},
        }
