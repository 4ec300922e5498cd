"""Debian's own cron runs wasf once a minute, as the README says."""

import re
import sys
from collections.abc import Callable
from email.message import Message
from pathlib import Path

import pytest

from tests.end_to_end.cron import cron_with, needs_cron
from tests.end_to_end.program import Chats
from tests.end_to_end.sign_in_process import Office
from tests.servers.salesforce import LocalOrg

README = Path(__file__).parents[2] / "README.md"
WASF = Path(sys.executable).with_name("wasf")
CANARY = "what a job says is mailed"


def _job() -> str:
    """The README's line, for every minute; how each run ends is noted in a file."""
    [line] = re.findall(r"^\*/15 \* \* \* \*  (.+)$", README.read_text(), flags=re.MULTILINE)
    command = line.replace("/home/you/.venv/bin/wasf", str(WASF))
    assert command != line
    return f'* * * * *  {command}; echo $? >> "$HOME/ended"'


def _signed_in(org: LocalOrg, home: Path, name: str, number: str) -> Path:
    """Somebody with a home, a sign-in whose tokens are in a file, and one chat."""
    exports = home / "exports"
    exports.mkdir(parents=True)
    office = Office(org, home / "unused" / "home")
    (home / "unused").mkdir()
    office.resolve(home, exports)
    office.signed_in()
    Chats(exports).ada(f"Hello from {name}", title=number)
    return home


def _ended(home: Path) -> list[int]:
    ended = home / "ended"
    return [int(code) for code in ended.read_text().split()] if ended.exists() else []


def _after(alone: Path, twice: Path, minutes: int) -> Callable[[], bool]:
    return lambda: len(_ended(alone)) >= minutes and len(_ended(twice)) >= 2 * minutes


def _said(mails: list[Message], home: Path) -> list[str]:
    """What was mailed of the jobs of one home."""
    return [mail.get_payload() for mail in mails if f"<HOME={home}>" in mail.values()]


@needs_cron
@pytest.mark.gate
def test_once_a_minute(org: LocalOrg, tmp_path: Path) -> None:
    """One person's job runs alone, another's begins twice in the same second."""
    alone = _signed_in(org, tmp_path / "alone", "one", "+44 7700 900123")
    twice = _signed_in(org, tmp_path / "twice", "two", "+44 7700 900124")
    org.oauth.expire_access()
    org.latency(500)  # so that two runs do meet
    crontab = f"""
HOME={alone}
{_job()}
* * * * *  echo {CANARY}
HOME={twice}
{_job()}
{_job()}
"""
    with cron_with(crontab, tmp_path / "cron") as cron:
        cron.waits_for(_after(alone, twice, 1), 100)
        logged = sorted(task["Description"].splitlines()[-1] for task in org.rows("Task"))
        assert logged == ["Hello from one", "Hello from two"]
        assert _ended(alone) == [0]
        assert sorted(_ended(twice)) == [0, 75]

        cron.waits_for(_after(alone, twice, 2), 100)
        assert len(org.rows("Task")) == 2
        assert _ended(alone) == [0, 0]
        assert set(_ended(twice)) == {0, 75}
        mails = cron.mails()

    assert _said(mails, alone) == [f"{CANARY}\n"] * 2, "nothing of wasf's"
    assert _ended(twice).count(75) == len(_said(mails, twice))
    assert all(said.startswith("wasf: another sync") for said in _said(mails, twice))
