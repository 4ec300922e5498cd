"""Builds what the demo shows: an org and a chat API on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from wasf.demo.seeds import DemoOrg, Seeded
from wasf.errors import MissingExtra, TryLater

if TYPE_CHECKING:
    from wasf.demo.salesforce import LocalOrg


@contextmanager
def demo_org(port: int) -> Iterator[DemoOrg]:
    """A Salesforce-like org. Raises `MissingExtra` without the extra `demo`."""
    try:
        from wasf.demo.salesforce import LocalOrg
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "The demo needs a small web server that is not installed.",
            "pip install 'wasf[demo]'",
        ) from error
    try:
        started = LocalOrg.start(port=port)
    except OSError as error:
        raise TryLater(
            f"The port {port} cannot be had on this machine.",
            "Name another one with --port, or none: then a free one is taken.",
        ) from error
    with started as org:
        yield _SeededOrg(org)


@contextmanager
def demo_chats(owner_email: str, now: datetime) -> Iterator[dict[str, str]]:
    """A chat API with some chats of the last day; the environment that connects wasf to it."""
    from wasf.demo.seeds import sample_workspace
    from wasf.demo.timelines import LocalChats

    with LocalChats.start(sample_workspace(owner_email, now)) as api:
        yield {
            "WASF_TIMELINES_URL": api.base_url,
            "WASF_TIMELINES_TOKEN": api.token,
            "WASF_TIMELINES_PER_SECOND": "30",  # it serves nobody else, who could have to wait
        }


class _SeededOrg:
    """The local org as the demo sees it."""

    def __init__(self, org: "LocalOrg") -> None:
        self._org = org
        self.base_url = org.base_url
        self.access_token = org.access_token

    def seed(self, record: Seeded) -> None:
        """Put a record in."""
        self._org.add(record.type, **record.fields)
