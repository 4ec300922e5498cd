"""Random changes to what others send wasf, at every edge: webhooks, answers, files, settings.

Each input is a valid sample with some changes. It may be read, or refused by an error of wasf's
own; any other exception is a fault, also where a bulkhead would have parked it. Reading must not
keep memory. `python -m tests.gates.replay fuzz EDGE FIRST COUNT` does a share of one edge again.
"""

import json
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from requests import Request

from tests.gates.parallel import Tally
from tests.memory import peak_memory
from tests.servers.chatwoot import HelpDesk, LocalChatwoot
from tests.servers.chatwoot.shapes import event_json
from tests.servers.evolution import LocalEvolution
from tests.servers.timelines import ChangingWorkspace, LocalChatApi
from tests.servers.waha import LocalWaha
from tests.sources.chatwoot.reader import connected as chatwoot_api
from tests.sources.evolution.reader import api_of as evolution_api
from tests.sources.exports.reader import options
from tests.sources.test_payloads import FOLDER as PAYLOADS
from tests.sources.timelines.reader import connected as timelines_api
from tests.sources.waha.reader import api_of as waha_api
from tests.sources.web_reader import NOW
from wasf.errors import UnexpectedError, WasfError
from wasf.interfaces import ChatReading, ReadOptions, Unreadable
from wasf.salesforce.api import RequestFailed, composite_parts, errors_in, failure
from wasf.salesforce.api.composite import _deleted, _rows, _updated, insert_results
from wasf.salesforce.auth.oauth import _read_tokens
from wasf.salesforce.describe import Description
from wasf.sources import hook_readers
from wasf.sources.api_client import ApiClient
from wasf.sources.exports.address_book import load_address_book
from wasf.sources.files import FileSource
from wasf.sources.lenient_json import parsed
from wasf.store.settings import SettingsFile

_MOST_CALLS = 2_000
_MOST_MEMORY = 64 << 20  # that reading may keep in a share
_REFUSED = (WasfError, RequestFailed)
_FOLDERS = "/dev/shm" if Path("/dev/shm").is_dir() else None

Read = Callable[[Random], None]
"""Reads one changed sample. Raises what is a fault, or one of `_REFUSED`."""


# --- Changes -----------------------------------------------------------------------------------

ODD: tuple[Any, ...] = (
    "\ud800", "\udc00x", "9999-12-31 23:59:59 +0000", "0001-01-01T00:00:00Z",
    "99999999999999999999", "1e309", 1e308, -1, 0, 1, 2**63, 10**40, -(10**18), 253402300800,
    None, True, False, [], {}, [None], [[{}]], {"x": "\udfff"}, "", " ", "\x00", "\u202e",
    "a" * 5_000, "٣٤٥", "+", "@g.us",
    "@lid", "1@c.us", "%", "{0}", "javascript:alert(1)", "http://127.0.0.1/", "\n\n2026", "ﷺ" * 40,
    "NaN", "-0", "0x10", "1_000", "²", [1, "a", None, {}], {"id": {}},
)  # fmt: skip
_BITS = (
    b"\n", b"\r", b"\0", b"\xff", b"\xed\xa0\x80", b'"', b",", b";", b":", b"=", b"\\", b"[", b"]",
    b"{", b"}", b"\xe2\x80\xae", b"99999999999999999999", b"BEGIN:VCARD", b"END:VCARD", b"1e999",
    b"\xd9\xa1", b"'", b"#", b"\xef\xbb\xbf", b"=\r\n", b"TEL:", b"-",
)  # fmt: skip


def changed_value(random: Random, value: Any) -> Any:
    """A JSON value with some changes; what did not change is shared."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        value = _changed_once(random, value)
    return value


def _changed_once(random: Random, value: Any) -> Any:
    inside = isinstance(value, dict | list) and bool(value)
    if not inside or random.random() < 0.15:
        return _instead(random, value)
    if isinstance(value, list):
        place = random.randrange(len(value))
        made = [*value[:place], _changed_once(random, value[place]), *value[place + 1 :]]
        return made * 2 if random.random() < 0.02 else made
    name = random.choice(list(value))
    rest = {other: one for other, one in value.items() if other != name}
    match random.randrange(12):
        case 0:
            return rest
        case 1:
            return rest | {random.choice(("id", "\ud800", "", name.upper())): value[name]}
        case _:
            return value | {name: _changed_once(random, value[name])}


def _instead(random: Random, value: Any) -> Any:
    if isinstance(value, str) and value and random.random() < 0.5:
        place = random.randrange(len(value))
        odd = random.choice(ODD)
        return value[:place] + (odd if isinstance(odd, str) else str(odd)) + value[place:]
    if isinstance(value, int) and random.random() < 0.3:
        return value * random.choice((-1, 1_000, 10**6, 10**12))
    return [value] if random.random() < 0.05 else random.choice(ODD)


def changed_bytes(random: Random, data: bytes) -> bytes:
    """The bytes with some changes."""
    for _ in range(random.choice((1, 1, 2, 4, 9))):
        first, last = sorted((random.randrange(len(data) + 1), random.randrange(len(data) + 1)))
        match random.randrange(6):
            case 0:
                data = data[:first] + random.choice(_BITS) + data[first:]
            case 1:
                data = data[:first] + random.choice(_BITS) + data[first + 1 :]
            case 2:
                data = data[:first] + data[min(last, first + 8) :]
            case 3:
                data = data[:last] + data[first : min(last, first + 200)] + data[last:]
            case 4:
                data = data[:first] + bytes([random.randrange(256)]) + data[first + 1 :]
            case _:
                data = data[:last] if random.random() < 0.3 else data
    return data


# --- Samples of the chat APIs ------------------------------------------------------------------


class _Replay(ApiClient):
    """Gives the answers that were recorded, each changed; `calls` ends what never ends."""

    answers: dict[str, Any]
    random: Random
    calls: int

    def _call(self, request: Request, *size: int) -> Any:
        calls = self.calls + 1
        object.__setattr__(self, "calls", calls)
        if calls > _MOST_CALLS:
            raise AssertionError("it asks without end")
        answer = self.answers.get(_place(request), self.answers.get(_path(request)))
        return changed_value(self.random, answer) if self.random.random() < 0.5 else answer


class _Recorder(ApiClient):
    """Keeps the answers of a server."""

    answers: dict[str, Any]

    def _call(self, request: Request, *size: int) -> Any:
        answer = super()._call(request, *size)
        self.answers.setdefault(_path(request), answer)
        return self.answers.setdefault(_place(request), answer)


def _path(request: Request) -> str:
    return f"{request.method} {request.url}"


def _place(request: Request) -> str:
    return f"{_path(request)} {request.params} {request.json}"


def _with(kind: type[ApiClient], client: ApiClient, **facts: object) -> Any:
    made = kind(client.title, client.url, client.auth, client.limiter, client.read)
    for name, value in facts.items():
        object.__setattr__(made, name, value)
    return made


_OURS, _PHONES, _TEXTS = "447700900100", ["447700900121", "447700900122"], ["Hi", "+44 7700 900123"]


@contextmanager
def _timelines() -> Iterator[Any]:
    with LocalChatApi.start(ChangingWorkspace(clock=lambda: NOW), per_second=10_000) as server:
        account = server.workspace.add_number(f"+{_OURS}", "owner@example.com")
        for phone in _PHONES:
            chat = server.workspace.add_chat(account, "Ada", f"+{phone}")
            for text in _TEXTS:
                server.workspace.add_message(chat, text, NOW)
        yield timelines_api(server.base_url, server.token), []


@contextmanager
def _chatwoot() -> Iterator[Any]:
    desk = HelpDesk(lambda: NOW)
    with LocalChatwoot.start(desk) as server:
        inbox, said = desk.add_inbox("WA", f"+{_OURS}"), []
        for phone in _PHONES:
            chat = desk.add_conversation(inbox, "Ada", f"+{phone}")
            said += [desk.add_message(chat, text, NOW) for text in _TEXTS]
        kinds = ("message_created", "message_updated")
        hooks = [event_json(one, desk, server.url, kind) for one in said for kind in kinds]
        yield chatwoot_api(server), hooks


@contextmanager
def _waha() -> Iterator[Any]:
    with LocalWaha.start() as server:
        session, hooks = server.add_session("shop", _OURS), []
        for phone in _PHONES:
            chat = session.add_chat(f"{phone}@c.us", "Ada")
            for text in _TEXTS:
                shown = chat.shown(chat.say(text, NOW, push_name="Ada"))
                hooks.append(server.event(session, "message.any", shown))
        hooks.append(server.event(session, "session.status", {"status": "FAILED"}))
        yield waha_api(server), hooks


@contextmanager
def _evolution() -> Iterator[Any]:
    with LocalEvolution.start() as server:
        instance, hooks = server.add_instance("shop", _OURS), []
        for phone in _PHONES:
            for text in _TEXTS:
                said = instance.say(f"{phone}@s.whatsapp.net", text, NOW, push_name="Ada")
                hooks.append(server.event(instance, "messages.upsert", said.heard))
        yield evolution_api(server), hooks


_APIS = {"timelines": _timelines, "chatwoot": _chatwoot, "waha": _waha, "evolution": _evolution}


@cache
def _recorded(name: str) -> tuple[Any, dict[str, Any], list[Any], dict[str, str]]:
    """An API, its answers to one whole walk, its webhooks, and the facts that the walk gave."""
    with _APIS[name]() as (api, hooks):
        at = "_client" if hasattr(api, "_client") else "client"
        answers: dict[str, Any] = {}
        setattr(api, at, _with(_Recorder, getattr(api, at), answers=answers))
        facts: dict[str, str] = {}
        for one in api.source(lambda _: "", ReadOptions(NOW, None, True)).read():
            facts |= getattr(one, "facts", {})
        return api, answers, hooks, facts


# --- The edges ---------------------------------------------------------------------------------


def _walk(name: str) -> Read:
    api, answers, _, facts = _recorded(name)
    at = "_client" if hasattr(api, "_client") else "client"
    plain = getattr(api, at)

    def read(random: Random) -> None:
        client = _with(_Replay, plain, answers=answers, random=random, calls=0)
        setattr(api, at, client)
        known = facts if random.random() < 0.5 else {}
        now = NOW + timedelta(days=random.choice((0, 0, 2)))
        chosen = ReadOptions(now, None, random.random() < 0.5)
        _taken(api.source(lambda fact: known.get(fact, ""), chosen))

    return read


def _taken(source: Any) -> None:
    """Read a source as a sync does; what a bulkhead has parked is a fault here."""
    for one in source.read():
        if isinstance(one, ChatReading):
            for item in one.items:
                text = getattr(item, "text", "")
                text.encode()
        elif isinstance(one, Unreadable):
            parked = isinstance(one.error, UnexpectedError) or "cannot read" in one.error.message
            assert not parked, one.error.message


def _webhook(name: str) -> Read:
    if name in _APIS and name != "timelines":
        samples = _recorded(name)[2]
    else:
        pattern = "*-tl-*.json" if name == "timelines" else "*.json"
        found = [path for path in PAYLOADS.glob(pattern) if path.name != "expected.json"]
        own = [path for path in found if ("-tl-" in path.name) == (name == "timelines")]
        samples = [json.loads(path.read_bytes()) for path in sorted(own)]
    reader = hook_readers()[name]

    def read(random: Random) -> None:
        body = changed_value(random, random.choice(samples))
        if random.random() < 0.2:
            body = parsed(changed_bytes(random, json.dumps(body).encode()))
        delivery = reader(body, lambda _: "")
        for delivered in delivery.messages:
            delivered[1].text.encode()
            assert 1970 <= delivered[1].sent_at.year <= 2100

    return read


_CARDS = (
    b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=41;Ada;;;\r\nTEL;"
    b"CELL:+447700900123\r\nEND:VCARD\r\nBEGIN:VCARD\nVERSION:4.0\nFN:Ben\n"
    b"TEL;VALUE=uri:tel:+44-7700-900124\nEND:VCARD\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cleo Exa\r\n"
    b" mple\r\nitem1.TEL;waid=447700900125;TYPE=CELL:+44 7700 900125\r\nitem1.X-ABLabel:x\r\n"
    b"PHOTO;ENCODING=b:AAAA\r\n BBBB\r\nEND:VCARD\r\n"
)
_TABLES = (
    b"Name,Given Name,Family Name,Phone 1 - Type,Phone 1 - Value\nAda,Ada,,Mobile,+447700900123\n",
    b'First Name,Last Name,Company,Mobile Phone\nAda,Example,"Acme, Inc",+44 7700 900123\n',
    "Vorname;Nachname;Mobiltelefon\nAda;Example;0171 3920012\n".encode("utf-16"),
)
_SETTINGS = (
    b'# ours\nfrequency = "1h"\ntimezone = "Europe/Berlin"\nbatch_size = 50\nchats = "ask"\n'
    b'[task]\nsubject = "{time} {name}"\nrelated = ["case"]\n[task.fields]\nType = "Call"\n[lead]\n'
    b'company = ""\nauto_create = true\n[whatsapp_accounts]\n"+447700900100" = "a@b.c"\n'
)
_EXPORTER = (
    b'{"447700900123@s.whatsapp.net": {"name": "Ada", "type": "android", "media_base": "W/",'
    b' "messages": {"1": {"from_me": false, "timestamp": 1772357400, "time": "09:30",'
    b' "media": false, "key_id": "3EB0", "meta": false, "data": "Hi", "sender": null,'
    b' "safe": false, "mime": null, "reply": null, "quoted_data": null, "caption": null}}}}'
)


def _file(name: str, samples: tuple[bytes, ...], read_file: Callable[[Path], None]) -> Read:
    folder = Path(_folder().name)

    def read(random: Random) -> None:
        path = folder / name
        path.write_bytes(changed_bytes(random, random.choice(samples)))
        read_file(path)

    return read


@cache
def _folder() -> "TemporaryDirectory[str]":
    return TemporaryDirectory(dir=_FOLDERS)


def _read_settings(path: Path) -> None:
    SettingsFile(path).load({}, {})


def _read_book(path: Path) -> None:
    load_address_book(path, "DE")


def _read_exporter(path: Path) -> None:
    _taken(FileSource((path,), options()))


_ID = "00T000000000001AAA"
_ERROR = {"errorCode": "DUPLICATES_DETECTED", "message": "no", "fields": ["Phone"],
          "duplicateResult": {"allowSave": True, "duplicateRule": "Rule", "matchResults": [
              {"matchRecords": [{"record": {"Id": "003000000000001AAA"}}]}]}}  # fmt: skip
_FIELD = {"name": "Type", "type": "picklist", "createable": True, "filterable": True, "length": 40,
          "label": "Type", "restrictedPicklist": True, "nillable": True, "custom": False,
          "picklistValues": [{"value": "Call", "label": "Call", "active": True}]}  # fmt: skip
_SALESFORCE: tuple[tuple[Callable[[Any], object], Any], ...] = (
    (lambda value: failure(400, errors_in(value)).error, [_ERROR, {"errorCode": "X"}]),
    (
        lambda value: composite_parts(value, 2),
        {"compositeResponse": [
            {"httpStatusCode": 200, "referenceId": f"part{n}", "body": {"records": [{"Id": _ID}]}}
            for n in range(2)]},
    ),
    (lambda value: insert_results([value], "Task", 1), {"id": _ID, "success": True, "errors": []}),
    (lambda value: insert_results([value], "Task", 1), {"success": False, "errors": [_ERROR]}),
    (
        lambda value: _updated({"Id": _ID}, *_rows([value], 1)),
        {"id": _ID, "success": True, "errors": []},
    ),
    (
        lambda value: _deleted(_ID, *_rows([value], 1)),  # type: ignore[arg-type]
        {"id": _ID, "success": False, "errors": [_ERROR]},
    ),
    (
        lambda value: Description.of("Task", value),
        {"createable": True, "queryable": True, "fields": [_FIELD, {**_FIELD, "name": "Subject"}],
         "recordTypeInfos": [{"recordTypeId": "012000000000001AAA", "name": "Call",
                              "developerName": "Call", "available": True}]},
    ),
    (
        lambda value: _read_tokens(value, "https://login.salesforce.com"),
        {"access_token": "00D000000000001!A", "instance_url": "https://a.my.salesforce.com",
         "id": "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA",
         "issued_at": "1772357400000", "refresh_token": "5Aep"},
    ),
)  # fmt: skip


def _salesforce() -> Read:
    def read(random: Random) -> None:
        take, sample = random.choice(_SALESFORCE)
        take(changed_value(random, sample))

    return read


EDGES: dict[str, Callable[[], Read]] = {
    **{f"webhooks-{name}": lambda name=name: _webhook(name) for name in ("meta", *_APIS)},  # type: ignore[misc]
    **{f"answers-{name}": lambda name=name: _walk(name) for name in _APIS},  # type: ignore[misc]
    "cards": lambda: _file("book.vcf", (_CARDS,), _read_book),
    "tables": lambda: _file("book.csv", _TABLES, _read_book),
    "settings": lambda: _file("settings.toml", (_SETTINGS,), _read_settings),
    "exporter": lambda: _file("result.json", (_EXPORTER,), _read_exporter),
    "salesforce": _salesforce,
}


def fuzz(edge: str, first: int, count: int) -> Tally:
    """Read so many inputs of an edge; each number gives the same input in every run."""
    tally, read = Tally(), EDGES[edge]()
    found: Counter[str] = Counter()
    start = 0
    for place, number in enumerate(range(first, first + count)):
        if place == count // 4:
            start = peak_memory()
        try:
            read(Random(f"{edge} {number}"))
        except _REFUSED:
            tally.counts["refused"] += 1
        except Exception as fault:
            where = traceback.extract_tb(fault.__traceback__)[-1]
            kind = f"{type(fault).__name__} in {Path(where.filename).name}:{where.lineno}"
            found[kind] += 1
            if found[kind] == 1:
                tally.fail(("fuzz", edge, number, 1), f"{edge}: {kind}: {str(fault)[:200]}")
    tally.counts["inputs"] = count
    grown = peak_memory() - start
    if count >= 1_000 and grown > _MOST_MEMORY:
        tally.fail(("fuzz", edge, first, count), f"{edge}: {grown >> 20} MiB are kept")
    return tally
