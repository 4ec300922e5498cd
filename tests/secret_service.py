"""A real Secret Service (gnome-keyring) on a D-Bus of its own, away from the one of the desktop."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")
_SECRETS = "org.freedesktop.secrets"
_PATIENCE = 60.0  # seconds

needs_secret_service = pytest.mark.skipif(
    not all(map(shutil.which, _PROGRAMS)),
    reason="needs a Secret Service (Debian: apt-get install gnome-keyring dbus)",
)

_SILENT_PROMPTER = """
from jeepney import DBusAddress, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
bus = open_dbus_connection()
bus.send_and_get_reply(message_bus.RequestName("org.gnome.keyring.SystemPrompter"))
print("here", flush=True)
while True:
    bus.receive()
"""


@dataclass(frozen=True)
class Session:
    """A user's session; `environment` is what programs in it are started with."""

    home: Path
    runtime: Path

    @property
    def address(self) -> str:
        """The bus's address."""
        return f"unix:path={self.runtime / 'bus'}"

    @property
    def environment(self) -> dict[str, str]:
        """As a desktop gives it."""
        return self.without_address | {"DBUS_SESSION_BUS_ADDRESS": self.address}

    @property
    def without_address(self) -> dict[str, str]:
        """As a job has it that is started from outside the desktop."""
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "XDG_RUNTIME_DIR": str(self.runtime),
        }

    def unlock(self) -> None:
        """Start gnome-keyring as signing in does; it ends with the bus."""
        self._start_keyring("--unlock")

    def unlock_anew(self) -> None:
        """The same where another one runs already, which the bus has started."""
        self._start_keyring("--replace", "--unlock")

    def process(self) -> int:
        """The number of the process that answers for the keyring, 0 if none does.

        gnome-keyring dies at times when a program is killed that it talks to; the bus then starts
        another one, which nobody has unlocked.
        """
        from jeepney.bus_messages import message_bus
        from jeepney.io.blocking import open_dbus_connection

        with open_dbus_connection(self.address) as bus:
            asked = message_bus.GetConnectionUnixProcessID(_SECRETS)
            (answer,) = bus.send_and_get_reply(asked).body
        return answer if isinstance(answer, int) else 0

    def start_locked(self) -> None:
        """Start gnome-keyring as nobody signed in."""
        self._start_keyring("--start")

    def _start_keyring(self, *how: str) -> None:
        subprocess.run(
            ["gnome-keyring-daemon", *how, "--components=secrets"],
            input=b"a password",
            env=self.environment,
            capture_output=True,
            check=True,
        )
        self._wait_for_keyring()

    def _wait_for_keyring(self) -> None:
        """Return when gnome-keyring answers on the bus, which is after its program has ended.

        Whoever asks before has the bus start a second one, which nobody unlocks.
        """
        from jeepney import MatchRule
        from jeepney.bus_messages import message_bus
        from jeepney.io.blocking import open_dbus_connection

        rule = MatchRule(type="signal", sender="org.freedesktop.DBus", member="NameOwnerChanged")
        rule.add_arg_condition(0, _SECRETS)
        with open_dbus_connection(self.address) as bus:
            bus.send_and_get_reply(message_bus.AddMatch(rule))
            with bus.filter(rule) as changes:
                (is_there,) = bus.send_and_get_reply(message_bus.NameHasOwner(_SECRETS)).body
                if not is_there:
                    bus.recv_until_filtered(changes, timeout=_PATIENCE)

    @contextmanager
    def silent_prompter(self) -> Iterator[None]:
        """Whoever asks for the keyring's password gets no answer, as on a screen nobody sees."""
        process = subprocess.Popen(
            [sys.executable, "-c", _SILENT_PROMPTER],
            env=self.environment,
            stdout=subprocess.PIPE,
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"here\n"
            try:
                yield
            finally:
                process.kill()


@contextmanager
def user_session(home: Path) -> Iterator[Session]:
    """A bus with nobody on it yet, in a folder with a short name: sockets ask for that.

    The keyring ends a moment after the bus, so the folder may still change when this is over.
    """
    session = Session(home, home / "run")
    session.runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    bus = subprocess.Popen(
        [
            "dbus-daemon",
            "--session",
            "--nofork",
            "--nopidfile",
            "--print-address=1",
            f"--address={session.address}",
        ],
        env=session.without_address,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with bus:
        assert bus.stdout is not None
        bus.stdout.readline()  # it listens
        try:
            yield session
        finally:
            bus.terminate()
            bus.wait()
            (session.runtime / "bus").unlink(missing_ok=True)
