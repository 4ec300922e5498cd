"""Where chats come from: files of every kind, chat APIs, webhooks. Knows nothing of Salesforce.

A chat API is a package here, whose face has its `PROVIDER` (see `wasf.interfaces.Provider`), and
one line below. A kind of file is a package and one line in `files`. What they share:

```
api_client    requests: paced, repeated, bounded
pagination    walks through lists that end, cursors
links         the one policy for links to files
proofs        who may deliver webhooks
inbox         the webhooks that wait, as a source
lenient_json  JSON of somebody else
```

Packages are imported when they are needed: help for the command line is made of these names alone.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from wasf.errors import MissingExtra, WasfError

if TYPE_CHECKING:
    from wasf.core.source_state import ApiFacts
    from wasf.interfaces import HookReader, Provider

CHAT_APIS: Final = MappingProxyType(
    {
        "timelines": "wasf.sources.timelines",
    }
)
"""Providers that wasf reads through their APIs: name -> package."""

WEBHOOKS_ONLY: Final = MappingProxyType(
    {
        "meta": "wasf.sources.meta",
    }
)
"""Providers of which wasf gets webhooks and nothing else: name -> package."""

ENTRY_POINTS: Final = "wasf.providers"
"""The group of entry points by which other distributions bring a `Provider`, under its name."""


@cache
def known_providers() -> "tuple[Provider, ...]":
    """Return the providers that come with wasf, in a fixed order."""
    packages = (*CHAT_APIS.values(), *WEBHOOKS_ONLY.values())
    return tuple(import_module(package).PROVIDER for package in packages)


def known_apis() -> "tuple[ApiFacts, ...]":
    """Return the facts of the chat APIs that come with wasf."""
    return tuple(one.facts for one in known_providers() if one.api)


def known_readers() -> "Mapping[str, HookReader]":
    """Return how the bodies of webhooks are read, by the names of their providers."""
    return {one.name: one.webhooks.read for one in known_providers() if one.webhooks}


def find_provider(name: str) -> "Provider | None":
    """Return the provider of that name, None if there is none.

    Raise `MissingExtra` if another distribution brings it and it cannot be loaded.
    """
    for one in known_providers():
        if one.name == name:
            return one
    for found in _brought(name):
        if isinstance(found, WasfError):
            raise found
        return found
    return None


def all_providers() -> "Iterator[Provider | WasfError]":
    """Yield all providers: those that come with wasf, and those of other distributions.

    An error stands for one that cannot be loaded; the others go on.
    """
    yield from known_providers()
    yield from _brought()


def _brought(name: str = "") -> "Iterator[Provider | WasfError]":
    # heavy: loaded where chats are read and chat APIs are connected
    from importlib.metadata import entry_points

    from wasf.interfaces import Provider

    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name in {*CHAT_APIS, *WEBHOOKS_ONLY} or name not in ("", entry.name):
            continue
        try:
            found = entry.load()
        except Exception as error:  # whatever somebody else's code raises, the others go on
            yield _unusable(entry.name, type(error).__name__)
        else:
            is_one = isinstance(found, Provider) and found.name == entry.name
            yield found if is_one else _unusable(entry.name, "it is no Provider of that name")


def _unusable(name: str, why: str) -> MissingExtra:
    return MissingExtra(
        f"The chat API {name} cannot be used: {why}.",
        "Update or remove the package that brings it.",
    )
