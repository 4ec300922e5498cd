"""What the shell completes: runs, sign-ins, chats, settings and their values.

Only files of this machine are read. What cannot be read completes to nothing, and nothing is said.
Every command imports this module, so what is heavy is imported when the shell asks.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Final, TypeVar

from typer._click import Context  # Typer's own copy of Click; it has no public name

from wasf.app import App
from wasf.cli.main import StopRequests
from wasf.errors import WasfError

_SWITCH: Final = ("true", "false")

Completion = tuple[str, str]
"""A word, and what shells that can do so show beside it."""

_Found = TypeVar("_Found", str, Completion)


def complete_run(incomplete: str) -> list[str]:
    """Return the ids of runs, newest first."""
    return _that_begin(incomplete, _runs)


def complete_sign_in(incomplete: str) -> list[str]:
    """Return the names of sign-ins to Salesforce."""
    return _that_begin(incomplete, lambda app: [one.name for one in app.sign_ins.profiles.all()])


def complete_chat(incomplete: str) -> list[Completion]:
    """Return chats by their number, else by id; with their titles."""
    return _that_begin(incomplete, _chats)


def complete_zone(incomplete: str) -> list[str]:
    """Return the names of time zones."""
    return _that_begin(incomplete, _zones)


def complete_setting(incomplete: str) -> list[Completion]:
    """Return the names of settings."""
    return _that_begin(incomplete, _settings)


def complete_value(ctx: Context, incomplete: str) -> list[str]:
    """Return the values that the setting of this command line can have, where they are few."""
    return _that_begin(incomplete, lambda app: _values(app, str(ctx.params.get("name"))))


def _that_begin(incomplete: str, find: Callable[[App], Iterable[_Found]]) -> list[_Found]:
    """Return what is found and begins so, nothing if it cannot be read."""
    try:
        found = list(find(App(os.environ, StopRequests())))
    except WasfError:
        return []
    return [
        one for one in found if (one if isinstance(one, str) else one[0]).startswith(incomplete)
    ]


def _runs(app: App) -> Iterator[str]:
    # heavy: loaded when the shell asks
    from wasf.commands.status import undoable
    from wasf.store.runs import RunLog

    return undoable(RunLog(app.folders.run_log).runs())


def _chats(app: App) -> Iterator[Completion]:
    for org_id in org_ids(app):
        with app.ledger(org_id) as ledger:
            for known in ledger.chats():
                yield str(known.chat.phone or known.chat.id), known.chat.title


def _zones(_: App) -> list[str]:
    # heavy: loaded when the shell asks
    from zoneinfo import available_timezones

    return sorted(available_timezones())


def _settings(app: App) -> list[Completion]:
    return [(one.name, one.help) for one in app.settings_file().known.values()]


def _values(app: App, name: str) -> Iterable[str]:
    setting = app.settings_file().known.get(name)
    if setting is None:
        return ()
    return _zones(app) if setting.name == "timezone" else _choices(setting.default)


def _choices(default: object) -> tuple[str, ...]:
    """Return the values of a setting with this default, none if they are not a few words."""
    if isinstance(default, bool):
        return _SWITCH
    return tuple(type(default)) if isinstance(default, StrEnum) else ()
