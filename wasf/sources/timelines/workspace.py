"""What a token is for: the workspace, its WhatsApp accounts, its calls."""

from dataclasses import dataclass

from wasf.core.source_state import Quota
from wasf.sources.timelines import model as answers
from wasf.sources.timelines.client import TimelinesClient
from wasf.sources.timelines.model import WhatsAppAccount
from wasf.sources.timelines.pagination import FAMILIES, ChatListing, Family


@dataclass(frozen=True, slots=True)
class About:
    """A workspace that answered."""

    name: str
    quota: Quota | None
    accounts: tuple[WhatsAppAccount, ...]


def about(client: TimelinesClient) -> About:
    """Ask the workspace who it is. Raises as `TimelinesClient.get`."""
    found = answers.workspace(client.get("/workspace"))
    numbers = [number for family in FAMILIES for number in _numbers(client, family)]
    return About(found.name, found.quota, tuple(numbers))


def _numbers(client: TimelinesClient, family: Family) -> list[WhatsAppAccount]:
    return list(ChatListing(client, family).accounts().values())
