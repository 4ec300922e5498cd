"""The commands of `wasf`: one table, and a group that loads a command's module when it is called.

To add a command: write a function in the module of its group, or in a new module, and add a row
here with "module:function". A row repeats the first line of the function's docstring, because
`wasf --help` shows it and loads no command. Its examples end the command's help.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

import typer
import typer.main
from typer._click import (  # Typer's own copy of Click; it has no public name
    Command,
    Context,
    Parameter,
)
from typer._click.exceptions import NoSuchOption, UsageError
from typer.core import TyperCommand, TyperGroup, TyperOption


class CommandEntry(NamedTuple):
    """One command. `target` is "module:name" in `wasf.cli`: a function, or a `Typer` with more."""

    name: str
    target: str
    panel: str
    help: str
    examples: tuple[str, ...]

    @property
    def module(self) -> str:
        """The full name of the module that holds the command."""
        return f"{__package__}.{self.target.partition(':')[0]}"

    def load(self) -> Command:
        """Import the command's module and return the command, ready to parse its arguments."""
        command = self._loaded()
        _complete(command, self.examples)
        for name, below in getattr(command, "commands", {}).items():
            begin = f"wasf {self.name} {name}"
            _complete(below, [one for one in self.examples if one.startswith(begin)])
        return command

    def _loaded(self) -> Command:
        target = getattr(import_module(self.module), self.target.partition(":")[2])
        if isinstance(target, typer.Typer):
            return typer.main.get_command(target)
        single = typer.Typer(add_completion=False)
        single.command(self.name)(target)
        return typer.main.get_command(single)


def _complete(command: Command, examples: Sequence[str]) -> None:
    """Add what every command has; lines of its help are as long as the terminal lets them be."""
    paragraphs = (command.help or "").split("\n\n")
    command.help = "\n\n".join(" ".join(one.split()) for one in paragraphs)
    command.epilog = _epilog(examples)
    command.params.append(_verbose())


def _verbose() -> TyperOption:
    """Return the option that every command has: show what it does while it does it."""
    return TyperOption(
        param_decls=["--verbose", "-v"],
        is_flag=True,
        expose_value=False,
        callback=_show_log,
        help="Say on standard error what is done, with each request.",
    )


def _show_log(ctx: Context, parameter: Parameter, value: object) -> None:
    del parameter
    if value and not ctx.resilient_parsing:
        # heavy: loaded where it is asked for
        from wasf.log import showing

        ctx.find_root().with_resource(showing())


def _epilog(examples: Sequence[str]) -> str:
    """Return what ends the help of a command."""
    return "\n".join(["Examples:", *examples])


SET_UP = "Set up"
SYNC = "Sync"
CHATS = "Which chats, which record"
CORRECT = "Put right"
LEARN = "Learn"
"""The groups of commands in `wasf --help`, in the order of the table."""

COMMANDS = (
    CommandEntry(
        "connect",
        "connect:program",
        SET_UP,
        "Sign in to Salesforce or to a chat API, and keep the sign-in.",
        (
            "wasf connect --client-id CONSUMER_KEY",
            "wasf connect work --sandbox",
            "wasf connect timelines",
        ),
    ),
    CommandEntry(
        "disconnect",
        "sign_in:disconnect",
        SET_UP,
        "Revoke a sign-in and forget its tokens; what was synced stays.",
        ("wasf disconnect", "wasf disconnect timelines"),
    ),
    CommandEntry(
        "orgs",
        "sign_in:orgs",
        SET_UP,
        "List the orgs that wasf is connected to; choose the default.",
        ("wasf orgs", "wasf orgs --default work"),
    ),
    CommandEntry(
        "config",
        "config:program",
        SET_UP,
        "Show the settings; get, set, unset one; edit them all.",
        (
            "wasf config",
            "wasf config --all",
            "wasf config get frequency",
            "wasf config set frequency 24h",
            'wasf config set me "Doe, Jane" Bob',
            "wasf config unset frequency",
            "wasf config edit",
            "wasf config path",
            "wasf config path --log",
        ),
    ),
    CommandEntry(
        "doctor",
        "doctor:doctor",
        SET_UP,
        "Check what a sync needs, and say how to fix what is missing.",
        ("wasf doctor", "wasf doctor --install-key-field", "wasf doctor --json"),
    ),
    CommandEntry(
        "test-lead",
        "doctor:trial_lead",
        SET_UP,
        "Create a test Lead with a test message; print its address.",
        ("wasf test-lead", "wasf test-lead --delete"),
    ),
    CommandEntry(
        "ledger",
        "storage:ledger_commands",
        SET_UP,
        "Show where the ledger is, or move it into a shared database.",
        (
            "wasf ledger status",
            "wasf ledger move --to postgresql://127.0.0.1/wasf",
        ),
    ),
    CommandEntry(
        "sync",
        "sync:sync",
        SYNC,
        "Read chats and log what is new on the right Contact or Lead.",
        (
            'wasf sync "WhatsApp Chat with Ada Example.zip" --dry-run',
            "wasf sync chat.txt --phone +447700900123",
            "wasf sync exports --contacts contacts.vcf",
            "wasf sync timelines --since 30d",
            "wasf sync --quiet",
        ),
    ),
    CommandEntry(
        "listen",
        "listen:listen",
        SYNC,
        "Receive webhooks and log messages as they come.",
        ("wasf listen", "wasf listen --register https://hooks.example.com"),
    ),
    CommandEntry(
        "status",
        "status:status",
        SYNC,
        "Show what is connected, when it last synced, what waits and why.",
        ("wasf status", "wasf status --json"),
    ),
    CommandEntry(
        "runs",
        "status:runs",
        SYNC,
        "List the runs: when, how each ended, what it logged.",
        ("wasf runs --last 5", "wasf runs --json"),
    ),
    CommandEntry(
        "report",
        "status:report",
        SYNC,
        "Show who wrote, how fast you answered, and who waits.",
        (
            "wasf report --since 30d",
            'wasf report --by week --sla 1h --hours "Mon-Fri 09:00-18:00"',
            "wasf report --by account --csv report.csv",
            "wasf report --since 30d --sla 1h --html report.html",
            "wasf report --since 30d --from-salesforce",
        ),
    ),
    CommandEntry(
        "inbox",
        "storage:inbox_commands",
        SYNC,
        "List the webhooks that were not understood; retry or drop them.",
        (
            "wasf inbox",
            "wasf inbox retry",
            "wasf inbox drop 12 --yes",
            "wasf inbox drop --before 90d --yes",
        ),
    ),
    CommandEntry(
        "review",
        "chats:review",
        CHATS,
        "Go through the chats that wait for your yes, or list them.",
        ("wasf review", "wasf review --json"),
    ),
    CommandEntry(
        "allow",
        "chats:allow",
        CHATS,
        "Say yes to chats that wait for it, or let skipped ones in again.",
        ('wasf allow "+44 7700 900123" "Ada Example"', "wasf allow --file customers.txt"),
    ),
    CommandEntry(
        "skip",
        "chats:skip",
        CHATS,
        "Say no to chats: nothing more of them is logged or kept.",
        ('wasf skip "Ada Example"', 'wasf skip --account "My own phone"'),
    ),
    CommandEntry(
        "link",
        "chats:link",
        CHATS,
        "Link a chat to a record; without a record, list the chats.",
        (
            "wasf link",
            'wasf link "Ada Example" 003000000000001AAA',
            "wasf link +447700900123 003000000000001AAA --move",
        ),
    ),
    CommandEntry(
        "unlink",
        "chats:unlink",
        CHATS,
        "Break a chat's link; wasf never links it again by itself.",
        ('wasf unlink "Ada Example"',),
    ),
    CommandEntry(
        "undo",
        "corrections:undo",
        CORRECT,
        "Delete what a sync created, except what people touched since.",
        ("wasf undo --dry-run", "wasf undo --yes", 'wasf undo --chat "Ada Example" --yes'),
    ),
    CommandEntry(
        "verify",
        "corrections:verify",
        CORRECT,
        "Compare every Task that was logged with what Salesforce has.",
        ("wasf verify", "wasf verify --remove-doubles --yes"),
    ),
    CommandEntry(
        "forget",
        "corrections:forget",
        CORRECT,
        "Remove all that this machine holds about a person.",
        (
            "wasf forget +447700900123",
            "wasf forget +447700900123 --yes",
            "wasf forget --lift +447700900123 --yes",
        ),
    ),
    CommandEntry(
        "purge",
        "corrections:purge",
        CORRECT,
        "Remove what this machine still knows of logged messages.",
        ("wasf purge --before 365d", "wasf purge --all --yes"),
    ),
    CommandEntry(
        "demo",
        "demo:demo",
        LEARN,
        "Show the whole job on this machine: a local org, sample chats.",
        ("wasf demo", "wasf demo --once", "wasf demo --serve"),
    ),
    CommandEntry(
        "help",
        "help:help_topic",
        LEARN,
        "Explain a topic, or show the help of a command.",
        ("wasf help", "wasf help settings", "wasf help sync"),
    ),
)


_MEANT = {
    "--version": "version",
    "config": "configure set settings",
    "connect": "auth authorize init login setup signin",
    "demo": "try",
    "disconnect": "logout signout",
    "forget": "erase",
    "link": "match",
    "listen": "serve server webhooks",
    "purge": "clean cleanup",
    "report": "statistics stats",
    "runs": "history log logs",
    "skip": "ignore",
    "status": "list ls pending state",
    "sync": "import run send upload",
    "undo": "delete revert rollback",
    "verify": "compare",
}
MEANT = {word: command for command, words in _MEANT.items() for word in words.split()}
"""What people type who know other programs, and what they look for here."""


class CommandGroup(TyperGroup):
    """The group of all commands. `wasf --help` lists them, and a call loads one."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: Context | None = None,
        **extra: object,
    ) -> Context:
        """Begin a call, with every command in the list: a name, a help line, nothing to run."""
        for entry in COMMANDS:
            listed = TyperCommand(entry.name, help=entry.help, rich_help_panel=entry.panel)
            self.commands.setdefault(entry.name, listed)
        return super().make_context(info_name, args, parent, **extra)

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse what stands before the command; say so if an option belongs behind it."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except NoSuchOption as error:
            command = next((word for word in given if word in self.commands), None)
            if command is not None:
                hint = f"Options come after the command: wasf {command} {error.option_name}"
                raise UsageError(f"No such option before a command. {hint}", ctx) from None
            raise

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Return the name, the loaded command and its arguments; asked once for each call."""
        if meant := MEANT.get(args[0]) if args[0] not in self.commands else None:
            raise UsageError(f"No such command {args[0]!r}. Did you mean 'wasf {meant}'?", ctx)
        name, command, rest = super().resolve_command(ctx, args)
        loaded = next((entry.load() for entry in COMMANDS if entry.name == name), command)
        return name, loaded, rest
