"""The checks of `wasf doctor` on this machine: folders, files, the disk, the token store.

And the one of the server that holds a shared ledger.
"""

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from wasf.core.checks import Check, CheckStatus, failed, ok, skipped, warning
from wasf.errors import ExitCode, WasfError
from wasf.interfaces import TokenStore
from wasf.store.files import Folders
from wasf.store.ledger import CommitProof, ServerFacts, Standby

_MEGABYTE: Final = 1_000_000
_LITTLE_ROOM: Final = 500 * _MEGABYTE
_NO_ROOM: Final = 20 * _MEGABYTE
_OLDEST_SERVER: Final = 140_000
_WAITED_FOR: Final = ("sync", "quorum")
_NOT_WAITED_FOR: Final = ("async", "potential")
_LONG_LAG: Final = 30  # seconds


def check_folders(folders: Folders) -> Check:
    """Check that wasf can write its folders, and that nobody else can read them."""
    kept = dict.fromkeys((folders.config, folders.state))
    for folder in kept:
        nearest = _nearest(folder)
        if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            result = f"wasf cannot write {folder}."
            fix = f"Make {nearest} a folder of yours, or set WASF_HOME to one."
            return Check("folders", CheckStatus.FAILED, result, fix, ExitCode.FAILED)
    seen = [path for path in _private(folders) if _seen_by_others(path)]
    if seen:
        return warning(
            "folders",
            f"Others on this machine can read {', '.join(map(str, seen))}.",
            f"chmod go= {' '.join(map(str, seen))}",
        )
    return ok("folders", f"{', '.join(map(str, kept))}: yours alone.")


def check_disk(folders: Folders) -> Check:
    """Check that the disk has room for messages that wait."""
    free = free_on_disk(folders)
    result = f"{free // _MEGABYTE:,} MB are free."
    fix = "Make room, or set WASF_HOME to a folder on another disk."
    if free < _NO_ROOM:
        return Check("disk", CheckStatus.FAILED, result, fix, ExitCode.FAILED)
    return warning("disk", result, fix) if free < _LITTLE_ROOM else ok("disk", result)


def check_tokens(store: TokenStore | None) -> Check:
    """Check that the token store keeps, returns and deletes a secret; None: no store."""
    if store is None:
        return skipped("token store", "This sign-in keeps no tokens here.")
    try:
        store.check()
    except WasfError as error:
        return failed("token store", error)
    return ok("token store", f"{store.place} keeps the tokens.")


def check_server(find: Callable[[], ServerFacts]) -> Check:
    """Check that the server of a shared ledger keeps what it said is stored.

    `find` asks it, and raises a `WasfError` if it cannot be used.
    """
    try:
        facts = find()
    except WasfError as error:
        return failed("ledger", error)
    number = f"{facts.version // 10_000}"
    result = f"PostgreSQL {number} at {facts.place}{_standbys(facts.standbys)}."
    if facts.version < _OLDEST_SERVER:
        return _refused(result, "wasf needs PostgreSQL 14 or newer.")
    if facts.fsync != "on":
        why = "A power cut there loses what was stored: fsync is off."
        return _refused(f"{result} {why}", "Set fsync = on there.")
    if facts.synchronous_commit not in ("on", "remote_apply"):
        why = f"Its commits may be lost: synchronous_commit is {facts.synchronous_commit}."
        return _refused(f"{result} {why}", "Set synchronous_commit = on there.")
    if facts.standbys and all(one.state in _NOT_WAITED_FOR for one in facts.standbys):
        why = "When a standby takes over, the webhooks that it lacks are lost."
        return _refused(f"{result} {why}", "Set synchronous_standby_names there.")
    if fix := _doubt(facts.standbys):
        return warning("ledger", result, fix)
    return ok("ledger", result)


def check_commits(prove: Callable[[], CommitProof]) -> Check:
    """Check that what a commit wrote is on the disks that it says, as soon as it returns.

    `prove` tries it, and raises a `WasfError` if the server cannot be used.
    """
    name = "ledger proof"
    try:
        proof = prove()
    except WasfError as error:
        return failed(name, error)
    if not proof.commits:
        fix = "Start it, or another one. Until then every commit waits, and with it every sync."
        result = "No standby is there that the server waits for."
        return Check(name, CheckStatus.FAILED, result, fix, ExitCode.TRY_LATER)
    on_disk = f"{proof.on_disk} of {proof.commits} commits were on the server's disk at once"
    on_standby = f"{proof.on_standby} on that of a standby that it waits for"
    result = f"{on_disk}, {on_standby}." if proof.standbys else f"{on_disk}."
    if proof.on_disk < proof.commits or (proof.standbys and proof.on_standby < proof.commits):
        fix = (
            "What the server says is stored can be lost. Set synchronous_commit = on there, and use"
            " no server or proxy that answers before."
        )
        return Check(name, CheckStatus.FAILED, result, fix, ExitCode.BAD_SETTINGS)
    return ok(name, result)


def free_on_disk(folders: Folders) -> int:
    """Return how many bytes the disk of the ledgers has left."""
    return shutil.disk_usage(_nearest(folders.state)).free


def _refused(result: str, fix: str) -> Check:
    return Check("ledger", CheckStatus.FAILED, result, fix, ExitCode.BAD_SETTINGS)


def _standbys(standbys: Sequence[Standby]) -> str:
    """Say how many standbys there are, and how far they are behind."""
    if not standbys:
        return ", without a standby"
    waited = sum(one.state in _WAITED_FOR for one in standbys)
    lags = [one.lag_s for one in standbys if one.lag_s is not None]
    behind = f", at most {max(lags):,.1f} s behind" if lags else ""
    return f"; standbys: {len(standbys)}, of which it waits for {waited}{behind}"


def _doubt(standbys: Sequence[Standby]) -> str:
    """Return what to do about standbys, "" if they are fine."""
    if any(one.state is None for one in standbys):
        return "wasf may not see its standbys. To let it: GRANT pg_monitor TO the user of wasf."
    if any((one.lag_s or 0) > _LONG_LAG for one in standbys):
        return "A standby is far behind. See that it runs and has a good network."
    return ""


def _private(folders: Folders) -> Iterator[Path]:
    yield from dict.fromkeys((folders.config, folders.state))
    yield from (folders.settings_file, folders.profiles, folders.org_book, folders.tokens)
    yield from sorted(folders.state.glob("orgs/*/ledger.sqlite3"))


def _seen_by_others(path: Path) -> bool:
    """Return whether the mode lets others in; Windows protects the folder by other means."""
    if os.name == "nt" or not path.exists():
        return False
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _nearest(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    return next(each for each in (path, *path.parents) if each.exists())
