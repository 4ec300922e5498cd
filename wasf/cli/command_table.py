"""The commands of `wasf`: one table, and a group that loads a command's module when it is called.

To add a command: write `cli/NAME.py` with one function, and add a row here. A row repeats the first
line of the function's docstring, because `wasf --help` shows it and loads no command.
"""

from importlib import import_module
from typing import NamedTuple

import typer
import typer.main
from typer._click import Command, Context  # Typer's own copy of Click; it has no public name
from typer.core import TyperGroup


class CommandEntry(NamedTuple):
    """One command. `target` is "module:name" in `wasf.cli`: a function, or a `Typer` with more."""

    name: str
    target: str
    help: str

    @property
    def module(self) -> str:
        """The full name of the module that holds the command."""
        return f"{__package__}.{self.target.partition(':')[0]}"

    def load(self) -> Command:
        """Import the command's module and return the command, ready to parse its arguments."""
        target = getattr(import_module(self.module), self.target.partition(":")[2])
        if isinstance(target, typer.Typer):
            return typer.main.get_command(target)
        single = typer.Typer(add_completion=False)
        single.command(self.name)(target)
        return typer.main.get_command(single)


COMMANDS = (
    CommandEntry(
        "connect",
        "connect:program",
        "Sign in to Salesforce, in the browser or for cron, or to a chat API; keep the sign-in.",
    ),
    CommandEntry(
        "disconnect",
        "orgs:disconnect",
        "Revoke a sign-in and forget its tokens; what was synced stays.",
    ),
    CommandEntry(
        "orgs",
        "orgs:orgs",
        "List the orgs that wasf is connected to, and choose the default.",
    ),
    CommandEntry(
        "sync",
        "sync:sync",
        "Read chats and log what is new on the right Contact or Lead.",
    ),
    CommandEntry(
        "listen",
        "listen:listen",
        "Receive webhooks and log messages as they come, until it is stopped.",
    ),
    CommandEntry(
        "inbox",
        "inbox:program",
        "List the webhooks that are kept because they were not understood; retry, drop.",
    ),
    CommandEntry(
        "status",
        "status:status",
        "Show what is connected, when it was last synced, and what waits and why.",
    ),
    CommandEntry(
        "runs",
        "runs:runs",
        "List the runs: when, how each ended, what it logged and what of that is undone.",
    ),
    CommandEntry(
        "link",
        "link:link",
        "Say which Contact or Lead a chat belongs to; without a record list the chats.",
    ),
    CommandEntry(
        "unlink",
        "link:unlink",
        "Break a chat's link to its record; wasf never links it again by itself.",
    ),
    CommandEntry(
        "review",
        "review:review",
        "Go through the chats that wait for your yes; without a terminal list them.",
    ),
    CommandEntry(
        "allow",
        "allow:allow",
        "Say yes to chats that wait for it, or let skipped ones in again.",
    ),
    CommandEntry(
        "skip",
        "allow:skip",
        "Say no to chats: nothing of them is logged from now on, and no text of them is kept.",
    ),
    CommandEntry(
        "undo",
        "undo:undo",
        "Delete the Tasks and Leads that a sync created, except what people have touched since.",
    ),
    CommandEntry(
        "verify",
        "verify:verify",
        "Compare every Task that was logged with what Salesforce has; change nothing by itself.",
    ),
    CommandEntry(
        "forget",
        "forget:forget",
        "Remove all that this machine holds about a person; Salesforce keeps what it has.",
    ),
    CommandEntry(
        "purge",
        "purge:purge",
        "Remove what this machine still knows of logged messages, but their keys.",
    ),
    CommandEntry(
        "doctor",
        "doctor:doctor",
        "Check all that a sync needs, and say how to mend what is missing.",
    ),
    CommandEntry(
        "test-lead",
        "trial_lead:trial_lead",
        "Create a test Lead with a test message on it, and print its address.",
    ),
    CommandEntry(
        "demo",
        "demo:demo",
        "Show the whole job on this machine: a local org, sample chats, a page to look at.",
    ),
    CommandEntry(
        "help",
        "help:help_topic",
        "Explain a topic, such as connect or settings, or show the help of a command.",
    ),
    CommandEntry(
        "config",
        "config:program",
        "Show the settings and where each comes from; get, set, unset, path.",
    ),
)


class CommandGroup(TyperGroup):
    """The group of all commands. `wasf --help` lists them, and a call loads one."""

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Return the name, the loaded command and its arguments; asked once for each call."""
        name, command, rest = super().resolve_command(ctx, args)
        loaded = next((entry.load() for entry in COMMANDS if entry.name == name), command)
        return name, loaded, rest


def register_commands(program: typer.Typer) -> None:
    """Give `program` the name and the help line of every command, and nothing to run."""
    for entry in COMMANDS:
        program.command(entry.name, help=entry.help)(_not_loaded)


def _not_loaded() -> None:
    """Stand for a command that `CommandGroup` loads when it is called."""
