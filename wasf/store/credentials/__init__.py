"""Where tokens are kept: the store that a person chose, and never another one by itself."""

import os
from functools import partial
from hashlib import blake2b
from typing import Final, assert_never

from wasf.core.auth import StoreKind
from wasf.interfaces import TokenStore
from wasf.store.credentials.file_store import FileStore
from wasf.store.credentials.keyring import open_keyring
from wasf.store.credentials.keyring_store import SECONDS, KeyringStore
from wasf.store.lock import brief_lock
from wasf.store.paths import Folders

_TURN_SECONDS: Final = 10.0


def open_token_store(
    kind: StoreKind, folders: Folders, *, interactive: bool, seconds: float = SECONDS
) -> TokenStore:
    """The store of that kind. Nothing is loaded or asked before its first use.

    An `interactive` run may make the system ask for the keyring's password. A keyring that has not
    answered after so many seconds never will.
    """
    match kind:
        case StoreKind.KEYRING:
            return KeyringStore(
                _mark(folders),
                connect=partial(open_keyring, interactive=interactive),
                turn=partial(
                    brief_lock, folders.keyring_lock, _TURN_SECONDS, "is using the keyring"
                ),
                seconds=seconds,
            )
        case StoreKind.FILE:
            return FileStore(folders.tokens)
        case _:
            assert_never(kind)


def _mark(folders: Folders) -> str:
    """What tells the entries of several homes of wasf apart in one keyring."""
    folder = os.fsencode(folders.state.resolve())
    return blake2b(folder, digest_size=4).hexdigest()
