"""Where chats come from: files of every kind, chat APIs, webhooks. Knows nothing of Salesforce.

A chat API is a package here, whose face has its `PROVIDER` (see `wasf.interfaces.Provider`), and
one line below. A kind of file is a package and one line in `files`. What they share:

```
addresses     of servers that people name, of this listener, of files
api_client    requests: paced, repeated, bounded; links to files
api_errors    answers that no API promises, and what they end
pagination    walks through lists that end, cursors
proofs        who may deliver webhooks
inbox         the webhooks that wait, as a source
lenient_json  JSON of somebody else
customers     who is who, by numbers and ids; groups
whatsapp_web  chats as servers on linked devices show them and their webhooks bring them
whatsapp_bodies  messages of WhatsApp's own protocol; words for people: files, places, cards
```

The package of a provider is imported when it is used. The help of the command line needs only the
names in `CHAT_APIS` and `WEBHOOKS_ONLY`.
"""

import sys
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from wasf import late_modules, late_names
from wasf.errors import MissingExtra

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from wasf import interfaces
    from wasf.core.source_state import ApiFacts
    from wasf.interfaces import HookReader, Provider, ReadHookFile, UnusableProvider
    from wasf.sources.addresses import is_in_the_open as is_in_the_open
else:  # loaded where chats are read and chat APIs are connected
    (interfaces,) = late_modules("wasf", "interfaces")
    __getattr__ = late_names(__name__, {"addresses": ("is_in_the_open",)})

CHAT_APIS: Final = MappingProxyType(
    {
        "timelines": "wasf.sources.timelines",
        "chatwoot": "wasf.sources.chatwoot",
        "waha": "wasf.sources.waha",
        "evolution": "wasf.sources.evolution",
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

_FACTS: Final = frozenset({".dist-info", ".egg-info", ".egg"})
"""The suffixes of what an installed distribution says of itself."""


@cache
def known_providers() -> "tuple[Provider, ...]":
    """Return the providers that come with wasf, in a fixed order."""
    return tuple(map(_load, (*CHAT_APIS.values(), *WEBHOOKS_ONLY.values())))


def all_providers(names: Container[str] | None = None) -> "Iterator[Provider | UnusableProvider]":
    """Yield the providers that come with wasf, then those of other distributions.

    With `names`, of those that come with wasf only chat APIs that have such a name are loaded.
    """
    if names is None:
        yield from known_providers()
    else:
        yield from (_load(package) for name, package in CHAT_APIS.items() if name in names)
    yield from _brought()


def usable_providers(names: Container[str] | None = None) -> "Iterator[Provider]":
    """Yield those of `all_providers` that can be loaded."""

    return (one for one in all_providers(names) if isinstance(one, interfaces.Provider))


def find_chat_api(name: str) -> "Provider | None":
    """Return the provider of that name that wasf reads through its API, None if there is none.

    Raise `MissingExtra` if another distribution brings it and it cannot be loaded.
    """
    if name in CHAT_APIS:
        return _load(CHAT_APIS[name])

    for found in _brought(name):
        if not isinstance(found, interfaces.Provider):
            raise found.error
        return found if found.api else None
    return None


def find_hook_files(name: str) -> "ReadHookFile | None":
    """Return how files are had that only the webhooks of a provider name, None if there is none."""
    one = _load(WEBHOOKS_ONLY[name]) if name in WEBHOOKS_ONLY else None
    return one.webhooks.read_file if one and one.webhooks else None


def hook_readers() -> "Mapping[str, HookReader]":
    """Return how the bodies of webhooks are read, by the names of their providers."""
    return {one.name: one.webhooks.read for one in usable_providers() if one.webhooks}


def api_facts(name: str) -> "ApiFacts | None":
    """Return under which names the ledger keeps what a chat API says of itself.

    None if there is no such API, or it cannot be loaded.
    """
    if name in CHAT_APIS:
        return _load(CHAT_APIS[name]).facts
    usable = (one for one in _brought(name) if isinstance(one, interfaces.Provider) and one.api)
    return next((one.facts for one in usable), None)


def default_paces(providers: "Iterable[Provider]") -> Mapping[str, int]:
    """Return how many requests a second each chat API gets unless a setting says otherwise."""
    return {one.name: one.api.per_second for one in providers if one.api}


def _load(package: str) -> "Provider":
    provider: Provider = import_module(package).PROVIDER
    return provider


def _brought(name: str = "") -> "Iterator[Provider | UnusableProvider]":
    if not _are_others_there():
        return
    from importlib.metadata import entry_points  # heavy: loaded where others are there

    ours = {*CHAT_APIS, *WEBHOOKS_ONLY}
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name not in ours and name in ("", entry.name):
            yield _loaded(entry)


def _are_others_there() -> bool:
    """Return whether a distribution that is installed may bring providers.

    To ask all of them by `importlib.metadata` takes a tenth of the time of a run that has nothing
    to do. It is asked where distributions are in archives, or found in another way.
    """
    if any(hasattr(one, "find_distributions") for one in sys.meta_path if one is not PathFinder):
        return True
    return any(_may_bring(Path(folder)) for folder in sys.path)


def _may_bring(folder: Path) -> bool:
    try:
        facts = [one for one in folder.iterdir() if one.suffix in _FACTS]
        return any(_is_in(one / "entry_points.txt") for one in facts)
    except (FileNotFoundError, PermissionError):
        return False
    except OSError:  # an archive
        return True


def _is_in(entry_points: Path) -> bool:
    try:
        return f"[{ENTRY_POINTS}]".encode() in entry_points.read_bytes()
    except (FileNotFoundError, PermissionError):
        return entry_points.parent.suffix == ".egg"


def _loaded(entry: "EntryPoint") -> "Provider | UnusableProvider":
    why = "it is no Provider of that name"
    try:
        found = entry.load()
        if isinstance(found, interfaces.Provider) and found.name == entry.name:
            return found
    except Exception as error:  # whatever somebody else's code raises, the others go on
        why = type(error).__name__
    message = f"The chat API {entry.name} cannot be used: {why}."
    unusable = MissingExtra(message, "Update or remove the package that brings it.")
    return interfaces.UnusableProvider(entry.name, unusable)
