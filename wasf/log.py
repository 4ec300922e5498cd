"""The log of what runs do: what happened last night, in lines of JSON, for whoever looks later.

Every line has a time, a level, the run and an event, with facts: counts, seconds, exit codes, names
of classes. No line holds a text, a number of a phone or a name: `event` takes words of the program
only, and masks any other text. The file is turned over when it has a million bytes, and three older
ones are kept. A log that cannot be written stops no run.

    with writing(folders.log, Level.INFO, run):
        event("imported", chats=3, messages=120)
"""

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from wasf.errors import BadSetting, WasfError, failing_places

VARIABLE: Final = "WASF_LOG"
_LARGEST: Final = 1_000_000  # bytes
_OLDER_FILES: Final = 3
_MOST_PLACES: Final = 3
_KNOWN_IN_PATHS: Final = frozenset(
    [
        "services",
        "data",
        "composite",
        "sobjects",
        "query",
        "queryAll",
        "search",
        "parameterizedSearch",
        "describe",
        "limits",
        "tooling",
        "Task",
        "Lead",
        "Contact",
        "Account",
        "User",
        "ContentVersion",
        "oauth2",
        "token",
        "revoke",
        "userinfo",
        "api",
        "v1",
        "accounts",
        "conversations",
        "messages",
        "chats",
        "contacts",
        "files",
        "webhooks",
        "jobs",
        "ingest",
        "batches",
    ]
)
"""What is logged of a path. Other parts may hold ids, numbers and names."""
_WORD: Final = re.compile(r"(?!.*\d{6})[\w.:/#<>*-]{1,120}", re.ASCII)
_LOG: Final = logging.getLogger("wasf")
_LOG.addHandler(logging.NullHandler())  # without it warnings would go to standard error

Fact = str | int | float | bool | None
"""What an event may say besides its name. A text that is no word of the program is masked."""


class Level(StrEnum):
    """How much is logged: with `DEBUG` every request."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"

    @property
    def number(self) -> int:
        """The level as `logging` counts it."""
        return logging.getLevelNamesMapping()[self.upper()]


def chosen_level(environment: Mapping[str, str]) -> Level:
    """Return the level that WASF_LOG names, INFO without it. Raise `BadSetting` for another."""
    word = environment.get(VARIABLE, "").strip().lower() or Level.INFO
    if word not in list(Level):
        raise BadSetting(f'{VARIABLE} cannot be "{word}"', "write debug, info or warning")
    return Level(word)


def event(name: str, level: Level = Level.INFO, /, **facts: Fact) -> None:
    """Log that something happened."""
    if _LOG.isEnabledFor(level.number):
        _LOG.log(level.number, name, extra={"facts": {k: _masked(v) for k, v in facts.items()}})


def failure(error: BaseException) -> None:
    """Log an error by its kind, its exit code and its places in wasf's code, without its text."""
    code = int(error.exit_code) if isinstance(error, WasfError) else 1
    places = "<".join(failing_places(error)[:_MOST_PLACES])
    event("failed", Level.WARNING, error=type(error).__name__, exit_code=code, places=places)


def request(method: str | None, url: str | None, status: int | None, seconds: float) -> None:
    """Log a request: one that failed always, others for debugging; of its path known words only."""
    failed = status is None or status >= 400
    parts = urlsplit(url or "").path.split("/")
    event(
        "request",
        Level.WARNING if failed else Level.DEBUG,
        method=method,
        path="/".join(part if part in _KNOWN_IN_PATHS else "#" for part in parts if part),
        status=status,
        ms=round(seconds * 1000),
    )


def _masked(fact: Fact) -> Fact:
    is_harmless = not isinstance(fact, str) or not fact or _WORD.fullmatch(fact)
    return fact if is_harmless else "…"


@contextmanager
def writing(path: Path, level: Level, run: str) -> Iterator[None]:
    """Log to a file while the block runs; `run` is the id that each line has."""
    handler = _LogFile(
        path, maxBytes=_LARGEST, backupCount=_OLDER_FILES, encoding="utf-8", delay=True
    )
    handler.setFormatter(_JsonLines(run))
    with _attached(handler, level):
        yield


@contextmanager
def showing() -> Iterator[None]:
    """Log everything to standard error while the block runs, for a person (`--verbose`)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Sentences())
    with _attached(handler, Level.DEBUG):
        yield


@contextmanager
def _attached(handler: logging.Handler, level: Level) -> Iterator[None]:
    before = _LOG.level
    handler.setLevel(level.number)
    _LOG.setLevel(min(before or level.number, level.number))
    _LOG.addHandler(handler)
    try:
        yield
    finally:
        _LOG.removeHandler(handler)
        _LOG.setLevel(before)
        handler.close()


class _LogFile(RotatingFileHandler):
    """A file that is turned over when it is large. Where it cannot be written, nothing is."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as logging has it
        del record
        self.setLevel(logging.CRITICAL + 1)

    def close(self) -> None:
        """Close the file; what could not be written is tried once more, and may fail again."""
        with suppress(OSError):
            super().close()


class _JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def __init__(self, run: str) -> None:
        super().__init__()
        self._run = run

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {"at": at, "level": record.levelname.lower(), "run": self._run}
        return json.dumps({**head, "event": record.getMessage(), **_facts(record)})


class _Sentences(logging.Formatter):
    """A record as a line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created).astimezone()
        facts = " ".join(f"{name}={fact}" for name, fact in _facts(record).items())
        return f"{at:%H:%M:%S} {record.getMessage()} {facts}".rstrip()


def _facts(record: logging.LogRecord) -> Mapping[str, Fact]:
    facts: Mapping[str, Fact] = getattr(record, "facts", {})
    return facts
