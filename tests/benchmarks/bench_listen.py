"""How soon `wasf listen` logs, and with how many calls: bench_listen.py [MESSAGES].

Lets 3,000 messages of 300 people come as webhooks, once over a working day of ten hours and once 60
a minute. Every round is a real sync of the inbox to a local org; the schedule is that of the
listener. The clock is simulated: a call takes 150 ms, and nobody sleeps. Half of the people are
Contacts, a quarter are Leads, the others get new ones.

Prints for each the median and the 90th percentile from webhook to Task, and Salesforce's calls.
Answers 1 if the median of the day is above 1.2 calls, or if 60 a minute need more than one call for
two messages.
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
from wasf.cli.signals import StopRequests
from wasf.cli.webhook_listener import sync_once
from wasf.core.runs import Schedule
from wasf.interfaces import Received

MESSAGES, PEOPLE = 3_000, 300
LATENCY = 0.150
POLL = 900.0
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
    """A listener: stores bodies at a time, and syncs; a sync returns how many calls it took."""

    clock: Clock
    put: Callable[[Sequence[int]], None]
    sync: Callable[[bool], int]


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
            clock.seconds += listening.sync(polled) * LATENCY
            delays += [clock.seconds - at for at in arrivals[taken:come]]
            taken = come
            schedule = schedule.succeeded(clock.seconds, polled=polled)
    return delays


def measure(arrivals: Sequence[float]) -> tuple[list[float], int]:
    """Return how many seconds each message took, and Salesforce's calls."""
    clock = Clock()

    class SimulatedApp(App):
        def now(self) -> datetime:
            return clock.time()

    with tempfile.TemporaryDirectory() as home, LocalOrg.start(clock=clock.time) as org:
        _add_people(org)
        environment = {
            "WASF_HOME": home,
            "WASF_INSTANCE_URL": org.base_url,
            "WASF_ACCESS_TOKEN": org.access_token,
            "WASF_TIMEZONE": "Europe/London",
        }
        app = SimulatedApp(environment, StopRequests())
        place = app.ledger_place(app.known_org(app.settings()).org_id)
        before = org.api_calls

        def put(numbers: Sequence[int]) -> None:
            bodies = [Received("meta", clock.time(), meta_body(one)) for one in numbers]
            with place.inbox() as inbox:
                inbox.put(bodies)

        def sync(polled: bool) -> int:
            calls = org.api_calls
            outcome = sync_once(app, "", org.org_id, polled, lambda: None)
            assert outcome.error is None, outcome.error
            return org.api_calls - calls

        delays = simulate(arrivals, Listening(clock, put, sync))
        assert org.count("Task") == len(arrivals)
        return delays, org.api_calls - before


def _add_people(org: LocalOrg) -> None:
    people = [{"LastName": f"Example {n}", "Phone": phone_of(n)} for n in range(PEOPLE)]
    org.add_many("Contact", people[: PEOPLE // 2])
    leads = [{**one, "Company": "Example"} for one in people[PEOPLE // 2 : 3 * PEOPLE // 4]]
    org.add_many("Lead", leads)


def main(messages: int) -> int:
    """Print the figures; answer 1 if one of them is too high."""
    webhook_load.CHATS = PEOPLE
    chance = random.Random(7)
    spread = {
        "a day of ten hours": DAY * messages / MESSAGES,
        "60 a minute": float(messages),
    }
    found = {}
    for name, seconds in spread.items():
        arrivals = sorted(chance.uniform(0.0, seconds) for _ in range(messages))
        delays, calls = measure(arrivals)
        median, last = statistics.median(delays), statistics.quantiles(delays, n=10)[-1]
        found[name] = (median / LATENCY, calls / messages)
        print(
            f"{name:20} {messages:,} messages: median {1_000 * median:,.0f} ms"
            f" ({median / LATENCY:.2f} calls), 90 % in {1_000 * last:,.0f} ms, {calls:,} API calls"
        )
    is_late = found["a day of ten hours"][0] > MOST_CALLS_OF_LATENCY
    return int(is_late or found["60 a minute"][1] > MOST_CALLS_A_MESSAGE)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES))
