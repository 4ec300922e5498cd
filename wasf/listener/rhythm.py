"""When to sync next: at once when something came, now and then without, later after a failure.

Pure: it is told the time, in seconds of a steady clock.
"""

from typing import Final

_FIRST_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 300.0
_TURN: Final = 1.0
_GAP: Final = 0.5  # what comes within it is logged together: fewer calls to Salesforce
_NEVER: Final = float("inf")


class Rhythm:
    """The pace of one worker: everything is read at the start and every `poll` seconds.

    After each sync there is a short pause, so that many messages at once share their calls.
    """

    def __init__(self, poll: float) -> None:
        self._poll = poll
        self._next_poll = -_NEVER
        self._again = _NEVER
        self._not_before = -_NEVER
        self._pause = 0.0

    def pause(self, now: float) -> float:
        """How many seconds to wait whatever comes."""
        return max(0.0, self._not_before - now)

    def wait(self, now: float, *, has_news: bool) -> float:
        """How many seconds to wait unless something comes; 0: sync now."""
        due = now if has_news else min(self._next_poll, self._again)
        return max(self.pause(now), due - now)

    def wants_poll(self, now: float) -> bool:
        """Whether everything is to be read, not only what came."""
        return now >= self._next_poll

    def went_well(self, now: float, *, polled: bool) -> None:
        """A sync ended as it should."""
        self._pause, self._again, self._not_before = 0.0, _NEVER, now + _GAP
        self._polled(now, polled=polled)

    def failed(self, now: float, *, polled: bool) -> None:
        """A sync failed; what was read waits in the ledger. Wait longer each time."""
        self._pause = min(_LONGEST_PAUSE, 2 * self._pause or _FIRST_PAUSE)
        self._not_before = self._again = now + self._pause
        self._polled(now, polled=polled)

    def was_not_its_turn(self, now: float) -> None:
        """Another run was at work, and nothing was read."""
        self._not_before = self._again = now + _TURN

    def _polled(self, now: float, *, polled: bool) -> None:
        if polled:
            self._next_poll = now + self._poll
