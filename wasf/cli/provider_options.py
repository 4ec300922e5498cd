"""What chat APIs add to the command line: their names in help texts, options of `wasf connect`."""

from collections.abc import Iterable
from typing import Final

from typer._click import Context, HelpFormatter, Parameter  # Typer's own copy of Click
from typer._click.exceptions import NoSuchOption
from typer.core import TyperCommand, TyperOption

from wasf.sources import CHAT_APIS, find_chat_api

NAMES: Final = ", ".join(CHAT_APIS)
A_CHAT_API: Final = "the chat API" if len(CHAT_APIS) == 1 else "a chat API"
_GIVEN: Final = "wasf.provider_options"


def given_options(ctx: Context) -> dict[str, str]:
    """Return the options of chat APIs that the command line gives, by their names."""
    found: dict[str, str] = ctx.meta.setdefault(_GIVEN, {})
    return found


class ConnectCommand(TyperCommand):
    """`wasf connect`, with the options of chat APIs.

    Their descriptions are loaded only for `--help`, and when an option is met that is not wasf's.
    """

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse the command line; with the options of the chat APIs in it where it needs them."""
        try:
            return super().parse_args(ctx, list(args))
        except NoSuchOption:
            self._add_options_of(word for word in args if not word.startswith("-"))
            return super().parse_args(ctx, list(args))

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the help, with the options of all chat APIs that come with wasf."""
        self._add_options_of(CHAT_APIS)
        super().format_help(ctx, formatter)

    def _add_options_of(self, names: Iterable[str]) -> None:
        known = {parameter.name for parameter in self.params}
        providers = [one for name in names if (one := find_chat_api(name))]
        for provider in providers:
            for option in provider.api.options if provider.api else ():
                if option.name not in known:
                    known.add(option.name)
                    self.params.append(
                        TyperOption(
                            param_decls=[f"--{option.name}"],
                            metavar=option.metavar,
                            help=f"For {provider.name}: {option.help}.",
                            callback=_take,
                            expose_value=False,
                        )
                    )


def _take(ctx: Context, parameter: Parameter, value: str | None) -> None:
    if value is not None:
        given_options(ctx)[str(parameter.name)] = value
