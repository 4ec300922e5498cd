"""The newcomer's protocol: every shell block of the README and of every topic, in order.

A person with a new home folder types what is printed, line by line, and nothing fails. Salesforce
and the chat APIs are the local ones. What a person has is what the texts speak of: two exported
chats, a folder with them, a list of private chats, tokens. Lines that need a browser, a package
index or a clone are not typed here; for each of them it is said what walks it instead.
"""

import io
import re
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.end_to_end.program import ADA, ADA_PHONE, SAM, START, Chats, Wasf
from tests.exports_builder import Said, write_ios
from tests.servers.chatwoot import LocalChatwoot
from tests.servers.evolution import LocalEvolution
from tests.servers.salesforce import LocalOrg
from tests.servers.timelines import LocalChatApi
from tests.servers.waha import LocalWaha
from wasf.cli.help import topic_text, topics

ROOT = Path(__file__).parents[2]
_SHELL = re.compile(r"^ *```sh\n(.*?)^ *```", flags=re.MULTILINE | re.DOTALL)
TEXTS = {
    "README": (ROOT / "README.md").read_text(encoding="utf-8"),
    **{name: topic_text(name) for name in topics()},
}

ELSEWHERE = {
    "git clone ADDRESS_OF_THIS_REPOSITORY wasf && cd wasf": "a clone",
    "python3 -m venv .venv && .venv/bin/pip install -q '.[demo]' && .venv/bin/wasf demo --once": (
        "a package index; test_other_commands runs the demo"
    ),
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest -q": (
        "a package index; this is that run"
    ),
    "wasf connect --client-id CONSUMER_KEY": "a browser; test_sign_in plays the person",
    "wasf connect --client-id CONSUMER_KEY --jwt-key key.pem --username USER": "test_sign_in_ways",
    "wasf connect --client-id CONSUMER_KEY --client-credentials --client-secret-file FILE"
    " --domain YOURS": "test_sign_in_ways",
    "pip install 'wasf[postgres]'": "a package index",
    "wasf config set ledger 'postgresql://wasf@db1.example.com,db2.example.com/wasf"
    "?sslmode=verify-full&sslrootcert=system&target_session_attrs=read-write'": (
        "PostgreSQL; test_shared_ledger"
    ),
}
"""Lines that are not typed here, and what walks them, or what they need."""


def lines() -> Iterator[tuple[str, str]]:
    """Every line of every shell block, with the text that it is in."""
    for name, text in TEXTS.items():
        for block in _SHELL.findall(text):
            yield from ((name, line.strip()) for line in block.splitlines() if line.strip())


@dataclass
class Newcomer:
    """A person with what the texts speak of, who says yes to what is asked."""

    wasf: Wasf
    places: dict[str, str]
    tokens: dict[str, str]

    def types(self, line: str) -> str:
        """Type a line; return what went wrong, "" if nothing did."""
        for told, here in self.places.items():
            line = line.replace(told, here)
        *before, command = line.split(" | ")
        words = shlex.split(command, comments=True) + (["--yes"] if "--install" in command else [])
        assert words[0] == "wasf", f"{line}: nobody said what {words[0]} is"
        token = self.tokens.get(words[2], "") if words[1] == "connect" else ""
        piped = _unzipped(before[0]) if before else token.encode()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(piped)))
            done = self.wasf.run(*words[1:])
        return "" if done.code == 0 else f"{line}: exit code {done.code}: {done.err or done.out}"


def _unzipped(command: str) -> bytes:
    """What `unzip -p ARCHIVE MEMBER` prints: not every machine has that program."""
    program, option, archive, member = shlex.split(command)
    assert (program, option) == ("unzip", "-p")
    with ZipFile(archive) as file:
        return file.read(member)


@pytest.fixture
def newcomer(
    wasf: Wasf, org: LocalOrg, chats: Chats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Newcomer]:
    monkeypatch.chdir(tmp_path)
    said = [Said(START, ADA, "Hello"), Said(START, SAM, "Hi")]
    write_ios(chats.folder, ADA, said)
    original = write_ios(tmp_path, ADA, said)
    original.with_name(f"WhatsApp Chat with {ADA}.zip").write_bytes(original.read_bytes())
    (tmp_path / "private.txt").write_text("+44 7700 900777  # my sister\n")
    org.add_contact(FirstName="Ada", LastName="Example", Phone=ADA_PHONE)
    org.add_field("Task", "Direction__c", "picklist", values=["Inbound", "Outbound"])
    org.add_field("Task", "Type", "picklist", values=["WhatsApp"])
    org.add_field("Task", "Sent_At__c", "datetime")
    org.add_record_type("Lead", "Retail Lead")
    wasf.set(me=SAM, token_store="file")
    with ExitStack() as stack:
        chatwoot = stack.enter_context(LocalChatwoot.start())
        evolution = stack.enter_context(LocalEvolution.start())
        waha = stack.enter_context(LocalWaha.start())
        timelines = stack.enter_context(LocalChatApi.start())
        chatwoot.desk.add_inbox("WhatsApp", "+15550100100")
        evolution.add_instance("the shop", "447700900100")
        waha.add_session("shop", "447700900100")
        wasf.set(timelines_url=timelines.base_url)
        yield Newcomer(
            wasf,
            {
                "https://chat.example.com": chatwoot.url,
                "http://localhost:8080": evolution.base_url,
                "http://localhost:3000": waha.base_url,
                "/home/you/whatsapp": str(chats.folder),
            },
            {
                "chatwoot": chatwoot.token,
                "evolution": evolution.key,
                "waha": waha.key,
                "timelines": timelines.token,
            },
        )


def test_every_line_that_is_printed_can_be_typed_in_order(newcomer: Newcomer) -> None:
    typed = [(name, line) for name, line in lines() if line not in ELSEWHERE]
    wrong = {(name, line): told for name, line in typed if (told := newcomer.types(line))}

    assert len(typed) > 20
    assert not wrong, "\n".join(f"{name}: {told}" for (name, _), told in wrong.items())


def test_every_line_that_is_not_typed_is_still_printed() -> None:
    assert set(ELSEWHERE) - {line for _, line in lines()} == set()
