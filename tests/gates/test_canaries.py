"""Tokens, numbers and words as canaries: wasf at its loudest shows none of them anywhere."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.exports_builder import Said, write_android
from tests.gates.parallel import Tally, conclude
from tests.servers.salesforce import LocalOrg
from tests.signed_in import folders_of, rotating_app, sign_in
from wasf.core.auth import StoreKind
from wasf.store.credentials import open_token_store

REPOSITORY = Path(__file__).parents[2]
PEOPLE = [f"Canary {name}" for name in ("Ada", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hal")]
NUMBERS = [f"+44770090{place:04}" for place in range(120, 128)]
WORDS = [f"canary-{place}-{'kestrel' * 3}" for place in range(9)]
VARIABLES = [
    "WASF_LISTEN_SECRET", "WASF_META_APP_SECRET", "WASF_META_VERIFY_TOKEN", "WASF_META_TOKEN",
    "WASF_CHATWOOT_HOOK_SECRET", "WASF_HOOK_SECRET_KAPSO",
]  # fmt: skip
HELD = {name: f"canary-{place}-{'ouzel' * 4}" for place, name in enumerate(VARIABLES)}
"""Secrets in the environment of wasf; other programs that it starts must not get them."""

_BROWSER = """#!/bin/sh
env > "$0.out"
"""
_LOUD = """
import logging, sys, warnings
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
logging.captureWarnings(True)
warnings.simplefilter("always")
"""


class Week:
    """An office in which wasf is run, loud, and everything that it may leave is looked through."""

    def __init__(self, org: LocalOrg, folder: Path) -> None:
        self.org, self.folder, self.home = org, folder, folder / "home"
        self.temporary, self.chats = folder / "tmp", folder / "chats"
        for place in (self.temporary, self.chats, folder / "loud"):
            place.mkdir()
        (folder / "loud" / "sitecustomize.py").write_text(_LOUD)
        self.browser = folder / "browser"
        self.browser.write_text(_BROWSER)
        self.browser.chmod(0o700)
        (folder / "people.csv").write_text(
            "Name,Phone 1 - Value\n"
            + "".join(f"{who},{number}\n" for who, number in zip(PEOPLE, NUMBERS, strict=True))
        )
        self.store = open_token_store(StoreKind.FILE, folders_of(self.home), interactive=False)
        sign_in(org, rotating_app(org), self.home, self.store)
        self.secrets: set[str] = set()
        self.printed = self.processes = ""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "TMPDIR": str(self.temporary),
            "WASF_HOME": str(self.home),
            "WASF_TIMEZONE": "Europe/Berlin",
            "PYTHONPATH": str(self.folder / "loud"),
            "PYTHONDEVMODE": "1",
            "EDITOR": str(self.browser),
            **HELD,
        }

    def note_tokens(self) -> None:
        """Remember the tokens that are good now."""
        tokens = self.store.read("acme")
        for secret in (tokens.access_token, tokens.refresh_token) if tokens else ():
            if secret is not None:
                self.secrets.add(secret.reveal())

    def run(self, *arguments: str, seconds: float = 60.0) -> None:
        """One command with fresh tokens, killed after so many seconds."""
        self.note_tokens()
        self.org.oauth.expire_access()
        with subprocess.Popen(
            [sys.executable, "-m", "wasf", *arguments],
            cwd=REPOSITORY, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process:  # fmt: skip
            alarm = threading.Timer(seconds, process.kill)
            alarm.start()
            with self.watching(process.pid):
                self.printed += process.communicate()[0]
            alarm.cancel()
        self.note_tokens()

    @contextmanager
    def watching(self, process: int) -> Iterator[None]:
        """Read what everybody on this machine can read of a process, while it runs."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.02):
                try:
                    self.processes += Path(f"/proc/{process}/cmdline").read_text()
                except OSError:
                    return

        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def sync(self, *more: str, seconds: float = 60.0) -> None:
        contacts = ["--contacts", str(self.folder / "people.csv")]
        self.run("sync", str(self.chats), *contacts, *more, seconds=seconds)

    def of_ours(self) -> dict[str, bytes]:
        """All files that wasf has left, without the one that is made to hold tokens."""
        tokens = self.home / "tokens"
        return {
            str(path): path.read_bytes()
            for place in (self.home, self.temporary)
            for path in place.rglob("*")
            if path.is_file() and tokens not in path.parents
        }


@pytest.fixture
def week(tmp_path: Path) -> Iterator[Week]:
    with LocalOrg.start() as org:
        org.add_key_field()
        yield Week(org, tmp_path)


def write_chats(week: Week, words: list[str]) -> None:
    start = datetime(2026, 3, 2, 10)
    for place, who in enumerate(PEOPLE):
        said = [Said(start, who, f"call {NUMBERS[place - 1]}")]
        said += [Said(start + timedelta(minutes=n), who, word) for n, word in enumerate(words, 1)]
        write_android(week.chats, who, said)


@pytest.mark.gate
def test_nothing_of_it_is_seen_anywhere(week: Week) -> None:
    tally = Tally()
    write_chats(week, WORDS[:5])
    week.sync("--dry-run")
    said = {"message": f"Description: {WORDS[0]} {NUMBERS[0]} is not good", "rows": [0, 1]}
    week.org.fail("row-errors", path="sobjects$", skip=1, code="STRING_TOO_LONG", **said)
    week.sync()
    write_chats(week, WORDS)
    week.sync(seconds=0.9)
    week.org.fail("reset-after", path="sobjects$")
    week.sync("--json")
    week.org.fail("html-after", times=2)
    week.run("status")
    for arguments in (["doctor"], ["status", "--json"], ["test-lead"], ["config"], ["orgs"]):
        week.run(*arguments)
    week.org.heal()  # how much of it a killed run has met depends on the machine
    week.sync()
    week.sync()
    week.run("config", "edit")
    seen_by_others = week.browser.with_suffix(".out").read_text()
    processes = week.processes  # a person who forgets somebody types the number
    for number in NUMBERS:
        week.run("forget", number, "--yes")
    week.run("disconnect")

    tasks = [str(row["Description"]) for row in week.org.rows("Task")]
    assert sum(word in text for text in tasks for word in WORDS) == len(PEOPLE) * len(WORDS)
    assert "DEBUG" in week.printed, "as loud as it gets"
    assert "sync" in processes
    found = [*_hits(week.printed, "what it printed", week.secrets, WORDS, _spelled(NUMBERS))]
    found += _hits(week.printed, "what it printed", HELD.values())
    found += _hits(seen_by_others, "what another program gets", HELD.values(), week.secrets)
    found += _hits(processes, "the list of processes", HELD.values())
    found += _hits(processes, "the list of processes", week.secrets, WORDS, NUMBERS)
    for name, content in week.of_ours().items():
        after_forgetting = (WORDS, NUMBERS, PEOPLE)
        found += _hits(content.decode("latin-1"), name, week.secrets, *after_forgetting)
        found += _hits(content.decode("latin-1"), name, HELD.values())
    for cassette in REPOSITORY.joinpath("tests").rglob("cassettes/*"):
        found += _hits(cassette.read_text(), str(cassette), week.secrets, WORDS, NUMBERS)
    tally.failed += found
    planted = (week.secrets, WORDS, NUMBERS, HELD, PEOPLE)
    tally.counts["canaries"] = sum(map(len, planted))
    tally.counts["seen"] = len(found)
    conclude("canaries", tally)
    assert "PATH=" in seen_by_others
    assert tally.counts["canaries"] >= 40


def _hits(text: str, where: str, *canaries: object) -> list[str]:
    wanted = [str(one) for kind in canaries for one in kind]  # type: ignore[attr-defined]
    return [f"{one[:12]} is in {where}" for one in wanted if one in text]


def _spelled(numbers: list[str]) -> list[str]:
    """As people write them, too."""
    apart = [re.sub(r"(\+44)(\d{4})", r"\1 \2 ", number) for number in numbers]
    return [*numbers, *apart, *(number.removeprefix("+") for number in numbers)]
