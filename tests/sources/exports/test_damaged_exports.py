"""Any file is read or refused with a typed error, in little time and memory."""

import os
import sys
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.memory import peak_memory
from tests.sources.exports.damaged_exports import damaged_export
from tests.sources.exports.reader import THEM, US, options, read_all
from tests.sources.exports.shares import shared_out
from wasf.core.chats import Message, NotUnderstood, SkippedMessage, SystemLine
from wasf.core.policy import DateOrder
from wasf.errors import UnreadableFile, WasfError
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.files import FileSource

COUNT = int(os.environ.get("WASF_DAMAGED_EXPORTS", "24000"))
_PLAIN_RUN, _SHARE = 800, 2_000
_MOST_MEMORY = 100 << 20
_AT_START = peak_memory()
"""The words of all locales, from which the exports are made, take more than any reading does."""
# In memory, where there is such a folder: writing a million files costs more than reading them.
_FOLDERS = "/dev/shm" if Path("/dev/shm").is_dir() else None
_ITEMS = Message | SystemLine | SkippedMessage | NotUnderstood


def _outcome(folder: Path, number: int) -> str:
    """`read`, `refused`, or what broke, with the line that shows it again."""
    data = damaged_export(number)
    path = folder / f"WhatsApp Chat with {THEM}.{'zip' if data.startswith(b'PK') else 'txt'}"
    path.write_bytes(data)
    order = DateOrder.DMY if number % 4 == 0 else DateOrder.AUTO
    try:
        (found,) = FileSource((path,), options(date_order=order)).read()
        if isinstance(found, Unreadable):
            assert isinstance(found.error, WasfError)
            assert found.error.message
            return "refused"
        assert all(isinstance(item, _ITEMS) for item in found.items)
    except WasfError:
        return "refused"
    except Exception:
        return f"replay: _outcome(folder, {number})\n{traceback.format_exc()}"
    return "read"


def _outcomes(first: int) -> tuple[Counter[str], int]:
    """The outcomes of some numbers from `first` on, and the memory that reading took, in bytes."""
    with TemporaryDirectory(dir=_FOLDERS) as folder:
        outcomes = Counter(
            _outcome(Path(folder), number) for number in range(first, first + _SHARE)
        )
    return outcomes, peak_memory() - _AT_START


def test_some_damaged_exports(tmp_path: Path) -> None:
    outcomes = Counter(_outcome(tmp_path, number) for number in range(_PLAIN_RUN))
    assert set(outcomes) == {"read", "refused"}, next(iter(set(outcomes) - {"read", "refused"}))


@pytest.mark.gate
@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted as Linux counts it")
def test_many_damaged_exports() -> None:
    parts = shared_out(_outcomes, COUNT, _SHARE)
    outcomes = sum((found for found, _ in parts), Counter[str]())
    memory = max(size for _, size in parts)
    broken = [outcome for outcome in outcomes if outcome not in {"read", "refused"}]
    print(
        f"{outcomes.total()} damaged exports: {outcomes['read']} read, "
        f"{outcomes['refused']} refused, {len(broken)} broke the reader; {memory >> 20} MiB at most"
    )
    for outcome in broken[:10]:
        print(outcome)
    assert not broken
    assert memory < _MOST_MEMORY


# --- Time --------------------------------------------------------------------------------------

_HEAD, _IPHONE = f"17/02/2024, 10:00 - {THEM}: ", f"[17.02.24, 10:00:05] {THEM}: "
_GROWING: dict[str, Callable[[int], str]] = {
    "messages": lambda n: f"{_HEAD}hi\n17/02/2024, 10:01 - {US}: ho\n" * (n // 60),
    "one long message": lambda n: f"{_HEAD}{'x' * 99}\n" + ("y" * 99 + "\n") * (n // 100),
    "colons": lambda n: f"{_HEAD}{': ' * 99}\n" * (n // 200),
    "angles": lambda n: f"{_IPHONE}{'<a' * 99}>\r\n" * (n // 200),
    "dots": lambda n: f"{_HEAD}{'.a' * 99} (x)\n" * (n // 200),
    "marks": lambda n: f"{_IPHONE}{chr(0x200E) * 99}\r\n" * (n // 300),
    "damaged bytes": lambda n: f"{_HEAD}{chr(0xDCFF) * 99}\n" * (n // 100),
    "wrong dates": lambda n: f"{_HEAD}hi\n" + f"39/19/2024, 10:01 - {US}: ho\n" * (n // 30),
    "wrong times": lambda n: f"{_HEAD}hi\n" + f"17/02/2024, 99:01 - {US}: ho\n" * (n // 30),
    "no headers": lambda n: "17/02/2024, 10:00 — hi\n" * (n // 22),
    "names": lambda n: "".join(f"17/02/2024, 10:00 - N{i % 9999}: a: b\n" for i in range(n // 30)),
    "dates": lambda n: "".join(
        f"{i % 28 + 1}/{i // 28 % 12 + 1}/{1900 + i % 3000:04}, 10:00 - {THEM}: hi\n"
        for i in range(n // 30)
    ),
}


def _seconds(path: Path, text: str) -> float:
    path.write_bytes(text.encode(errors="surrogateescape"))
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        (found,) = read_all(path)
        with suppress(UnreadableFile):  # bytes that are not UTF-8
            # Kept, items would cost the garbage collector's time.
            deque(found.items if isinstance(found, ChatReading) else (), maxlen=0)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.gate
@pytest.mark.parametrize("kind", _GROWING)
def test_time_is_linear_in_the_input(tmp_path: Path, kind: str) -> None:
    # A ratio of two runs side by side, with room for noise; what is quadratic shows sixteen.
    path, grow = tmp_path / f"WhatsApp Chat with {THEM}.txt", _GROWING[kind]
    small, large = _seconds(path, grow(1 << 20)), _seconds(path, grow(1 << 22))
    print(f"{kind}: four times the input takes {large / small:.1f} times as long")
    assert large < 8 * small
