"""wasf brings WhatsApp chats into Salesforce.

The map, from top to bottom. A module imports only downwards, and packages on one line do not know
each other (`pyproject.toml` has this as contracts):

    cli                             parses the command line, calls, shows, exits
    app | console | listener        builds the adapters | shows results | receives webhooks
    commands                        the use cases; `commands.sync` is the main one
    sources | salesforce | store    reads chats | writes Tasks | keeps ledger, settings and tokens
    interfaces                      what the use cases ask of the adapters
    core                            data and decisions, without I/O
    http, retry                     bounded requests | when to try again
    log, errors, values             the log of runs, what can go wrong, frozen values

    demo                            a Salesforce-like org and a chat API, for `wasf demo` only
    samples                         made-up exported chats, for the same

A package with a face is imported by its face only, which exports its names (`__all__`). What few
runs need is loaded when it is used: names of a face by `late_names`, modules by `late_modules`.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

__version__ = "0.1.0"


def late_names(package: str, names: Mapping[str, Sequence[str]]) -> Callable[[str], object]:
    """Return a `__getattr__` for the face of a package: it loads a module with its first name.

    `names` are the names of each such module. So a run loads nothing that it does not use.
    """
    modules = {name: module for module, given in names.items() for name in given}

    def find(name: str) -> object:
        if name not in modules:
            raise AttributeError(name)
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    return find


class _LateModule:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        return getattr(import_module(self._name), name)


def late_modules(package: str, *names: str) -> tuple[object, ...]:
    """Return stand-ins for modules of a package, of none if that is "".

    Each is loaded when the first of its names is used: for what few runs do, and for large
    libraries. Type checkers are shown the import instead, under `TYPE_CHECKING`.
    """
    return tuple(_LateModule(f"{package}.{name}".lstrip(".")) for name in names)
