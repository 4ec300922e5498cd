"""`wasf help`: texts on what belongs to no single command, and the help of each command.

A topic is a Markdown file in `topics`. Its first line is a heading, which the list of topics shows.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
from typer._click import Context  # Typer's own copy of Click; it has no public name
from typer.core import TyperGroup

from wasf import __version__
from wasf.cli.options import ConnectCommand
from wasf.console import Console
from wasf.errors import WrongUsage

FOLDER = Path(__file__).with_name("topics")
_CALLBACKS = """\
       http://localhost:17171/callback
       http://localhost:27171/callback
       http://localhost:37171/callback
"""


def topics() -> dict[str, str]:
    """Return the heading of each topic, by its name."""
    return {path.stem: _heading(path) for path in sorted(FOLDER.glob("*.md"))}


def topic_text(name: str) -> str:
    """Return the Markdown of a topic."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def app_steps(callbacks: Sequence[str]) -> str:
    """Return the numbered steps that an administrator takes once, with these callback addresses."""
    lines = "".join(f"       {callback}\n" for callback in callbacks)
    return topic_text("app").replace(_CALLBACKS, lines).rstrip()


def _complete(ctx: Context, incomplete: str) -> list[str]:
    """Return the topics and commands that begin like this, for the shell."""
    return [name for name in _names(ctx) if name.startswith(incomplete)]


def help_topic(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC|COMMAND]",
            help="What to explain; without it: the list of topics.",
            autocompletion=_complete,
            show_default=False,
        ),
    ] = None,
    man: Annotated[
        bool, typer.Option("--man", help="Print the manual page of wasf or of a command (roff).")
    ] = False,
) -> None:
    """Explain a topic, or show the help of a command."""
    name = " ".join(words or ())
    if man:
        Console().value(man_page(_command(ctx, words or ())).rstrip())
    elif not words:
        _list_topics()
    elif name in topics():
        Console().markdown(topic_text(name))
    else:
        typer.echo(_command(ctx, words).get_help())


def _heading(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().removeprefix("# ").strip()


def _list_topics() -> None:
    found = topics()
    width = max(map(len, found))
    lines = [f"  {name:{width}}  {heading}" for name, heading in found.items()]
    ends = ["", "Show one: wasf help TOPIC. The help of a command: wasf help COMMAND."]
    Console().tell(["Topics:", "", *lines, *ends])


# --- Manual pages ------------------------------------------------------------------------------


def man_page(ctx: Context) -> str:
    """Return the manual page of a command, or of the whole program, as `man` reads it."""
    command, name = ctx.command, ctx.command_path.replace(" ", "-")
    if isinstance(command, ConnectCommand):
        command.add_all_options()
    page = [
        f'.TH {_roff(name.upper())} 1 "" "wasf {__version__}" "wasf"',
        ".SH NAME",
        f"{_roff(name)} \\- {_roff(command.get_short_help_str(300).rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {_roff(ctx.command_path)}",
        _roff(" ".join(command.collect_usage_pieces(ctx))),
        ".SH DESCRIPTION",
        _roff(command.help or ""),
        *_man_items("OPTIONS", _options(ctx)),
        *_man_items("COMMANDS", _subcommands(ctx)),
    ]
    if ctx.parent is None:
        page += _man_items("TOPICS", [(f"wasf help {n}", head) for n, head in topics().items()])
    if command.epilog:
        page += [".SH EXAMPLES", ".nf", *map(_roff, command.epilog.splitlines()[1:]), ".fi"]
    return "\n".join([*page, ""])


def _man_items(head: str, items: Iterable[tuple[str, str]]) -> list[str]:
    lines = [line for term, text in items for line in (".TP", f".B {_roff(term)}", _roff(text))]
    return [f".SH {head}", *lines] if lines else []


def _options(ctx: Context) -> Iterator[tuple[str, str]]:
    for parameter in ctx.command.get_params(ctx):
        words = parameter.get_help_record(ctx)
        if words is not None:
            yield words


def _subcommands(ctx: Context) -> Iterator[tuple[str, str]]:
    if isinstance(ctx.command, TyperGroup):
        for name, command in ctx.command.commands.items():
            yield f"{ctx.command_path} {name}", command.get_short_help_str(300)


def _roff(text: str) -> str:
    """Return a text with roff's own signs escaped: backslashes, hyphens, dots that begin lines."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.\'])", r"\\&", escaped, flags=re.MULTILINE)


# --- The help of a command ---------------------------------------------------------------------


def _command(ctx: Context, words: Sequence[str]) -> Context:
    """Return the command that `words` lead to; raise `WrongUsage` if there is none."""
    here, command = ctx.find_root(), ctx.find_root().command
    for word in words:
        known = command.list_commands(here) if isinstance(command, TyperGroup) else []
        if not isinstance(command, TyperGroup) or word not in known:
            raise _unknown(word, known if here.parent else _names(ctx))
        _, found, _ = command.resolve_command(here, [word])
        command = found or command
        here = command.context_class(command, info_name=word, parent=here)
    return here


def _names(ctx: Context) -> list[str]:
    """Return all topics and commands."""
    root = ctx.find_root()
    commands = root.command.list_commands(root) if isinstance(root.command, TyperGroup) else []
    return sorted({*topics(), *commands})


def _unknown(name: str, known: Sequence[str]) -> WrongUsage:
    near = get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}? wasf help lists all topics." if near else "See: wasf help"
    return WrongUsage(f"there is no topic and no command {name}", hint)
