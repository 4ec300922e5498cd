"""Runs `python -m MODULE ...` again and again from a warm start, each time in a process of its own.

The libraries are loaded once, and a copy of this process runs each order; the program and its tests
are never loaded here. Each line of standard input is an order, each line of standard output its
outcome, both as JSON.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import traceback
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

_OURS = ("tests", "wasf")
_LIBRARIES = (
    "_hypothesis_pytestplugin", "anyio.pytest_plugin", "babel", "cryptography.x509", "filelock",
    "http.server", "hypothesis.stateful", "jwt", "keyring.core", "phonenumbers", "platformdirs",
    "psycopg", "pytest", "pytest_socket", "requests", "rich.console", "rich.progress", "rich.table",
    "secretstorage", "simple_salesforce", "sqlite3", "starlette.applications",
    "time_machine", "tomlkit", "truststore", "typer.rich_utils", "tzlocal", "unittest.mock",
    "uvicorn", "vcr", "xdist.plugin",
)  # fmt: skip
_LOADED_BEFORE = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""pytest says so of plugins that are loaded already."""


def run(words: tuple[str, ...], folder: Path, longest: float) -> subprocess.CompletedProcess[str]:
    """Run what would follow `python` in that folder, whose modules come first.

    Raise `subprocess.TimeoutExpired` after `longest` seconds.
    """
    process = _server()
    assert process.stdin is not None
    assert process.stdout is not None
    order = {"words": words, "folder": str(folder), "longest": longest}
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    code, out = json.loads(process.stdout.readline())
    if code is None:
        raise subprocess.TimeoutExpired(words, longest, out)
    return subprocess.CompletedProcess(words, code, out)


@cache
def _server() -> subprocess.Popen[str]:
    """Return the process that all orders of this one share; it ends with this one."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.gates.warm_modules"],
        cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    atexit.register(process.communicate)
    return process


def _become(folder: str) -> None:
    """Work in that folder as a new process would that is started there with it as PYTHONPATH."""
    elsewhere = {"", str(Path.cwd()), str(Path(__file__).parents[2])}
    sys.path[:] = [folder, *(path for path in sys.path if path not in elsewhere)]
    os.environ["PYTHONPATH"] = folder
    os.chdir(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
        del sys.modules[name]
    importlib.invalidate_caches()


def _run_module(words: list[str], folder: str, out: int) -> None:
    """In a process of its own, which never returns from here."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for stream, handle in ((0, nothing), (1, out), (2, out)):
        os.dup2(handle, stream)
    code = 1
    try:
        _become(folder)
        module = words[1]
        sys.argv = [module, *(_LOADED_BEFORE if module == "pytest" else ()), *words[2:]]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(code)


def _answer(words: list[str], folder: str, longest: float) -> tuple[int | None, str]:
    with TemporaryFile() as out:
        child = os.fork()
        if child == 0:
            _run_module(words, folder, out.fileno())
        end = os.pidfd_open(child)
        has_ended = select.select([end], [], [], longest)[0]
        if not has_ended:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(end)
        out.seek(0)
        said = out.read().decode(errors="replace")
    return (os.waitstatus_to_exitcode(status) if has_ended else None), said


def serve() -> None:
    """Answer orders until there are no more."""
    for name in _LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        print(json.dumps(_answer(**json.loads(line))), flush=True)


if __name__ == "__main__":
    serve()
