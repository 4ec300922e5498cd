"""Keeps tokens and other secrets in the store that a person chose, never in another one.

* `KeyringStore` (the default): the keyring of the operating system. Only keyrings that keep secrets
  safe are used; each call ends within 3 s, and none opens a window in a run that nobody watches.
  At a terminal a call waits up to 60 s for a person to unlock the keyring, and says so.
* `FileStore`, for who asks for it: a file a sign-in, readable by its owner only (0600).

Both are a `TokenStore`: a kill at any moment leaves the old tokens or the new ones, and what was
written is read back. `wasf connect` tries the store before it asks for tokens.

`external` has the secrets that something else keeps: credentials of systemd, a command that prints
a token (60 s at most), key files, and the environment for the listener's secrets.
"""

import os
import sys
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, assert_never

from wasf import late_modules
from wasf.core.auth import StoreKind
from wasf.interfaces import TokenStore
from wasf.store.credentials.external import (
    ListenSecrets,
    client_secret,
    external_tokens,
    jwt_key,
    secret_file,
)
from wasf.store.files import Folders, brief_lock

if TYPE_CHECKING:
    from wasf.store.credentials import keyring, token_stores
else:  # loaded where the tokens are there
    keyring, token_stores = late_modules(__package__, "keyring", "token_stores")

__all__ = [
    "ListenSecrets",
    "client_secret",
    "external_tokens",
    "jwt_key",
    "open_token_store",
    "secret_file",
]

_TURN_SECONDS: Final = 10.0


def open_token_store(
    kind: StoreKind,
    folders: Folders,
    *,
    interactive: bool,
    seconds: float | None = None,
    check_stop: Callable[[], None] | None = None,
) -> TokenStore:
    """Return the store of that kind. Nothing is loaded or asked before its first use.

    An `interactive` run may make the system ask for the keyring's password. A keyring that has not
    answered after `seconds` counts as locked: None means 60 for an interactive run, else 3. With
    `check_stop`, which raises if somebody asked the run to end, it tells the person to unlock it.
    """
    match kind:
        case StoreKind.KEYRING:
            turn = partial(brief_lock, folders.keyring_lock, _TURN_SECONDS, "is using the keyring")
            # The entries of several homes of wasf must differ in one keyring.
            home = os.fsencode(folders.state.resolve())
            mark = blake2b(home, digest_size=4).hexdigest()
            connect = partial(keyring.open_keyring, interactive=interactive)
            may_wait = seconds or (
                token_stores.SECONDS_OF_A_PERSON if interactive else token_stores.SECONDS
            )
            notice = (
                keyring.UnlockNotice(check_stop, sys.stderr) if interactive and check_stop else None
            )
            return token_stores.KeyringStore(mark, connect, turn, may_wait, notice)
        case StoreKind.FILE:
            return token_stores.FileStore(folders.tokens)
        case _:
            assert_never(kind)
