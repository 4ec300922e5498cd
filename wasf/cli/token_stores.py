"""Where tokens are to be kept, as a command line says it."""

from wasf.core.auth import StoreKind
from wasf.errors import WrongUsage


def chosen_store(named: str, before: StoreKind | None) -> StoreKind:
    """The store of that name; "" means the one of `before`, or the keyring.

    Raises `WrongUsage` for a name that is none.
    """
    if not named:
        return before or StoreKind.KEYRING
    try:
        return StoreKind(named)
    except ValueError:
        raise WrongUsage(
            "There is no such token store.", "--token-store keyring or --token-store file"
        ) from None
