"""What the shell completes: runs, sign-ins, chats, settings and their values.

Only files of this machine are read. What cannot be read completes to nothing, and nothing is said.
Every command imports this module, so what is heavy is imported when the shell asks.
"""

import os
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from typer._click import Context  # Typer's own copy of Click; it has no public name

from wasf.app import App
from wasf.cli.signals import StopRequests
from wasf.errors import WasfError

_SWITCH: Final = ("true", "false")

Completion = tuple[str, str]
"""A word, and what shells that can do so show beside it."""


def complete_run(incomplete: str) -> list[str]:
    """Return the ids of runs, newest first."""
    # heavy: loaded when the shell asks
    from wasf.commands.status import undoable
    from wasf.store.runs import RunLog

    try:
        found = RunLog(_app().folders.run_log).runs()
    except WasfError:
        return []
    return [run for run in undoable(found) if run.startswith(incomplete)]


def complete_sign_in(incomplete: str) -> list[str]:
    """Return the names of sign-ins to Salesforce."""
    try:
        names = [profile.name for profile in _app().sign_ins.profiles.all()]
    except WasfError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def complete_chat(incomplete: str) -> list[Completion]:
    """Return chats by their number, else by id; with their titles."""
    try:
        return [found for found in _chats(_app()) if found[0].startswith(incomplete)]
    except WasfError:
        return []


def _chats(app: App) -> Iterator[Completion]:
    for org_id in app.folders.org_ids():
        with app.ledger(org_id) as ledger:
            for known in ledger.chats():
                yield str(known.chat.phone or known.chat.id), known.chat.title


def complete_zone(incomplete: str) -> list[str]:
    """Return the names of time zones."""
    # heavy: loaded when the shell asks
    from zoneinfo import available_timezones

    return sorted(name for name in available_timezones() if name.startswith(incomplete))


def complete_setting(incomplete: str) -> list[Completion]:
    """Return the names of settings."""
    try:
        known = _app().settings_file().known
    except WasfError:
        return []
    return [(one.name, one.help) for one in known.values() if one.name.startswith(incomplete)]


def complete_value(ctx: Context, incomplete: str) -> list[str]:
    """Return the values that the setting of this command line can have, where they are few."""
    setting = _app().settings_file().known.get(str(ctx.params.get("name")))
    if setting is None:
        return []
    if setting.name == "timezone":
        return complete_zone(incomplete)
    return [word for word in _choices(setting.default) if word.startswith(incomplete)]


def _choices(default: object) -> tuple[str, ...]:
    """Return the values of a setting with this default, none if they are not a few words."""
    if isinstance(default, bool):
        return _SWITCH
    return tuple(type(default)) if isinstance(default, StrEnum) else ()


def _app() -> App:
    return App(os.environ, StopRequests())
