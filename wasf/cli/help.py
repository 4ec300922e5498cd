"""`wasf help`: texts on what belongs to no single command, and the help of each command.

A topic is a Markdown file in `topics`. Its first line is a heading, which the list of topics shows.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
from typer._click import Context  # Typer's own copy of Click; it has no public name
from typer.core import TyperGroup

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
) -> None:
    """Explain a topic, or show the help of a command."""
    name = " ".join(words or ())
    if not words:
        _list_topics()
    elif name in topics():
        Console().markdown(topic_text(name))
    else:
        _show_command(ctx, words)


def _heading(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().removeprefix("# ").strip()


def _list_topics() -> None:
    found = topics()
    width = max(map(len, found))
    lines = [f"  {name:{width}}  {heading}" for name, heading in found.items()]
    ends = ["", "Show one: wasf help TOPIC. The help of a command: wasf help COMMAND."]
    Console().tell(["Topics:", "", *lines, *ends])


def _show_command(ctx: Context, words: Sequence[str]) -> None:
    """Print the help of the command that `words` lead to; raise `WrongUsage` if there is none."""
    here, command = ctx.find_root(), ctx.find_root().command
    for word in words:
        known = command.list_commands(here) if isinstance(command, TyperGroup) else []
        if not isinstance(command, TyperGroup) or word not in known:
            raise _unknown(word, known if here.parent else _names(ctx))
        _, found, _ = command.resolve_command(here, [word])
        command = found or command
        here = command.context_class(command, info_name=word, parent=here)
    typer.echo(here.get_help())


def _names(ctx: Context) -> list[str]:
    """Return all topics and commands."""
    root = ctx.find_root()
    commands = root.command.list_commands(root) if isinstance(root.command, TyperGroup) else []
    return sorted({*topics(), *commands})


def _unknown(name: str, known: Sequence[str]) -> WrongUsage:
    near = get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}? wasf help lists all topics." if near else "See: wasf help"
    return WrongUsage(f"there is no topic and no command {name}", hint)
