"""How soon `wasf listen` logs, and with how many calls: bench_listen.py [MESSAGES].

Lets 3,000 messages of 300 people come as webhooks, over a working day of ten hours and 60 a minute:
to Contacts, and to Leads, some of whom are new. Every round is a real sync of the inbox to a local
org; the schedule is that of the listener. The clock is simulated: a call takes 150 ms, and nobody
sleeps. Fewer messages are of fewer people, ten of each.

Prints for each the median and the 90th percentile from webhook to Task, and Salesforce's calls.
Answers 1 if the median of Contacts in a day is above 1.2 calls, or if 60 a minute need more than
one call for two messages.
"""

import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.end_to_end import webhook_load
from tests.end_to_end.webhook_load import meta_body, phone_of
from tests.servers.salesforce import LocalOrg
from wasf.app import App
from wasf.cli.listen import sync_once
from wasf.cli.main import StopRequests
from wasf.core.runs import Schedule
from wasf.interfaces import Received

MESSAGES, OF_EACH = 3_000, 10
LATENCY = 0.150
POLL = 900.0
INSERT = "/composite/sobjects"
GAP = 5.0
DAY = 10 * 3_600.0
MOST_CALLS_OF_LATENCY, MOST_CALLS_A_MESSAGE = 1.2, 0.5
BEGINS = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Clock:
    """Seconds since the simulated listener began."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def time(self) -> datetime:
        """The time in UTC."""
        return BEGINS + timedelta(seconds=self.seconds)


class Listening(NamedTuple):
    """A listener: stores bodies, and syncs; a sync returns when its Tasks and it were done.

    Both are numbers of calls.
    """

    clock: Clock
    put: Callable[[Sequence[int]], None]
    sync: Callable[[bool], tuple[int, int]]


def simulate(arrivals: Sequence[float], listening: Listening) -> list[float]:
    """Return how many seconds each message took, in order; `arrivals` are sorted seconds."""
    schedule, clock = Schedule(POLL, GAP), listening.clock
    come, taken, delays = 0, 0, list[float]()
    while taken < len(arrivals):
        before = come
        while come < len(arrivals) and arrivals[come] <= clock.seconds:
            come += 1
        if come > before:
            listening.put(range(before, come))
        if pause := schedule.pause(clock.seconds):
            clock.seconds += pause
            waits = come > taken or (come < len(arrivals) and arrivals[come] <= clock.seconds)
            schedule = schedule.paused(has_news=waits)
        elif seconds := schedule.wait(clock.seconds, has_news=come > taken):
            next_one = arrivals[come] if come < len(arrivals) else float("inf")
            clock.seconds = min(clock.seconds + seconds, next_one)
        else:
            polled = schedule.wants_poll(clock.seconds)
            written, ended = listening.sync(polled)
            at_task = clock.seconds + written * LATENCY
            delays += [at_task - at for at in arrivals[taken:come]]
            clock.seconds += ended * LATENCY
            taken = come
            schedule = schedule.succeeded(clock.seconds, polled=polled)
    return delays


def measure(arrivals: Sequence[float], kind: str) -> tuple[list[float], int]:
    """Return how many seconds each message took, and Salesforce's calls."""
    clock = Clock()

    class SimulatedApp(App):
        def now(self) -> datetime:
            return clock.time()

    with tempfile.TemporaryDirectory() as home, LocalOrg.start(clock=clock.time) as org:
        _add_people(org, kind)
        environment = {
            "WASF_HOME": home,
            "WASF_INSTANCE_URL": org.base_url,
            "WASF_ACCESS_TOKEN": org.access_token,
            "WASF_TIMEZONE": "Europe/London",
        }
        app = SimulatedApp(environment, StopRequests())
        place = app.ledger_place(app.known_org(app.settings()).org_id)
        total = 0

        def put(numbers: Sequence[int]) -> None:
            bodies = [Received("meta", clock.time(), meta_body(one)) for one in numbers]
            with place.inbox() as inbox:
                inbox.put(bodies)

        def sync(polled: bool) -> tuple[int, int]:
            nonlocal total
            org.forget_requests()
            outcome = sync_once(app, "", org.org_id, polled, lambda: None)
            assert outcome.error is None, outcome.error
            calls = [one for one in org.requests if one.call]
            total += len(calls)
            inserts = [at for at, one in enumerate(calls, 1) if one.path.endswith(INSERT)]
            return max(inserts, default=0), len(calls)

        delays = simulate(arrivals, Listening(clock, put, sync))
        assert org.count("Task") == len(arrivals)
        return delays, total


def _add_people(org: LocalOrg, kind: str) -> None:
    """Add all Contacts, or nine of ten Leads."""
    people = [
        {"LastName": f"Example {number}", "Phone": phone_of(number), "Company": "Example"}
        for number in range(webhook_load.CHATS)
    ]
    if kind == "Lead":
        org.add_many("Lead", people[len(people) // 10 :])
        return
    for one in people:
        del one["Company"]
    org.add_many("Contact", people)


def main(messages: int) -> int:
    """Print the figures; answer 1 if one of them is too high."""
    webhook_load.CHATS = max(1, messages // OF_EACH)
    chance = random.Random(7)
    spread = {"a day": DAY * messages / MESSAGES, "60 a minute": float(messages)}
    is_bad = False
    for name, seconds in spread.items():
        arrivals = sorted(chance.uniform(0.0, seconds) for _ in range(messages))
        for kind in ("Contact", "Lead"):
            delays, calls = measure(arrivals, kind)
            median, late = statistics.median(delays), statistics.quantiles(delays, n=10)[-1]
            print(
                f"{name:12} {kind:8} {messages:,} messages: median {1_000 * median:,.0f} ms"
                f" ({median / LATENCY:.2f} calls), 90 % in {1_000 * late:,.0f} ms, {calls:,} calls"
            )
            is_quiet_contact = (name, kind) == ("a day", "Contact")
            is_bad |= is_quiet_contact and median > MOST_CALLS_OF_LATENCY * LATENCY
            is_bad |= name == "60 a minute" and calls > MOST_CALLS_A_MESSAGE * messages
    return int(is_bad)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES))
