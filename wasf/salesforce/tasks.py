"""Inserts Tasks: several calls in flight, with the exact outcome of each Task.

simple-salesforce is not made for threads, so each call in flight has a client of its own. Batches
are taken and outcomes are given on the caller's thread, so that only one thread uses the ledger.
`TaskCalls` decides what goes into the next call, `CallsInFlight` how many are under way, by the
answer times. Until a first call has succeeded, one is in flight: what refuses all Tasks costs one.

A request that was certainly not executed (sign-in, limit, permission, no connection) ends the
sending. One whose outcome is unknown does not at once, because the next may succeed. One that was
refused as a whole, whatever the reason, is sent again in halves; one that met a lock after a pause.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import chain
from typing import Final, NamedTuple, Self

from wasf.core.auth import UserId
from wasf.core.policy import LARGEST_BATCH, MOST_CALLS_IN_FLIGHT
from wasf.core.records import Task
from wasf.core.refusals import RecordRefusal
from wasf.interfaces import BatchLimit, KeyField, TaskLogged, TaskNotSent, TaskOutcome, TaskRefused
from wasf.retry import RetryPolicy
from wasf.salesforce.api import (
    MOST_RECORDS,
    Execution,
    RequestFailed,
    RestClient,
    failed_with_call,
    is_locked,
    refusal_of,
)
from wasf.salesforce.task_calls import (
    Answer,
    BatchSize,
    TaskCall,
    TaskCalls,
    lost,
    outcome,
    refusal_of_call,
    send_call,
    texts_of,
)
from wasf.values import dataclass

MOST_DOUBTS: Final = 3
"""Calls in a row with an unknown outcome, after which no further one is sent."""

FEW_IN_FLIGHT: Final = 4
_STEP: Final = 2
_LONG: Final = 3.0  # seconds; Salesforce limits calls of more than 20, in the smallest org to five
_AS_FAST: Final = 1.25
_SLOWER: Final = 1.5


@dataclass(frozen=True, slots=True)
class CallsInFlight:
    """How many calls are under way at once: `now`, four at first and at most `most`.

    While answers come as fast as those of the first calls did, two more are sent after each round
    of answers; where more calls only take longer, two fewer. As soon as one answer takes long,
    there are four again: orgs limit long calls, and a Developer Edition allows five.

    `usual` is the mean of the first round in seconds, 0.0: it is not over. `count` and `seconds`
    are of the answers of this round.
    """

    most: int = MOST_CALLS_IN_FLIGHT
    now: int = FEW_IN_FLIGHT
    usual: float = 0.0
    count: int = 0
    seconds: float = 0.0

    @classmethod
    def at_most(cls, most: int) -> Self:
        """Return the number to start with."""
        return cls(most, min(FEW_IN_FLIGHT, most))

    def answered(self, seconds: float) -> "CallsInFlight":
        """Return the number after an answer that took so long."""
        few = min(FEW_IN_FLIGHT, self.most)
        if seconds > _LONG:
            return replace(self, now=few, count=0, seconds=0.0)
        count, total = self.count + 1, self.seconds + seconds
        if count < self.now:
            return replace(self, count=count, seconds=total)
        mean = total / count
        usual = self.usual or mean
        now = self.now
        if mean <= _AS_FAST * usual:
            now = min(now + _STEP, self.most)
        elif mean > _SLOWER * usual:
            now = max(now - _STEP, few)
        return CallsInFlight(self.most, now, usual)


class _Trouble:
    """What went wrong so far, and whether sending is stopped."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.stopped = False
        self._doubts = 0

    def note(self, failed: RequestFailed | None) -> None:
        """Take note of a call that was sent, and of its error."""
        if failed is None:
            self._doubts = 0
            return
        self._doubts += 1
        if failed.execution is Execution.NOT_EXECUTED or self._doubts >= MOST_DOUBTS:
            self.stop(failed.error)
        elif not self.stopped:
            self.error = failed.error

    def stop(self, error: Exception) -> None:
        """Send nothing more. The first error that stops the sending is the one to raise."""
        if not self.stopped:
            self.error = error
        self.stopped = True


class TaskWriter:
    """Sends Tasks. Its clients, and so their connections, outlive a call.

    `in_flight` is how many calls are under way at most, `most` how many Tasks a call has at most.
    """

    def __init__(
        self,
        new_client: Callable[[], RestClient],
        retry: RetryPolicy,
        in_flight: int,
        most: int = LARGEST_BATCH,
    ) -> None:
        self._new_client = new_client
        self._retry = retry
        self._in_flight = CallsInFlight.at_most(in_flight)
        self._most = most
        self._idle: list[RestClient] = []
        self._calls: TaskCalls | None = None

    @property
    def limit(self) -> BatchLimit | None:
        """What the latest `log` has learned of the size of calls so far."""
        if self._calls is None or not self._calls.size.is_limited:
            return None
        reason = self._calls.limit
        return BatchLimit(self._calls.size.size, reason.words if reason else "")

    @property
    def stopped(self) -> RecordRefusal | None:
        """The refusal after which the latest `log` sends nothing more."""
        return self._calls.stopped if self._calls else None

    def log(
        self,
        batches: Iterable[Sequence[Task]],
        key_field: KeyField,
        user_id: UserId,
        size: int = 0,
        *,
        probe: bool = False,
    ) -> Iterator[Sequence[TaskOutcome]]:
        """Send all batches; yield their outcomes. Raise the error after the last outcome."""
        calls = self._calls = TaskCalls(BatchSize.starting_at(size, self._most), is_probing=probe)
        sending = _Sending(self, iter(batches), key_field, user_id, calls)
        with ThreadPoolExecutor(self._in_flight.most, thread_name_prefix="wasf-tasks") as pool:
            yield from sending.outcomes(pool)
        if sending.trouble.error is not None:
            raise sending.trouble.error

    def start(
        self, pool: ThreadPoolExecutor, call: TaskCall, key_field: KeyField, user_id: UserId
    ) -> "_Flight":
        """Send a call on a thread of the pool."""
        client = self._idle.pop() if self._idle else self._new_client()
        retry = None if call.has_waited else self._retry
        future = pool.submit(send_call, client, retry, call.tasks, key_field, user_id)
        return _Flight(call, client, future)

    def end(self, flight: "_Flight") -> None:
        """Keep the client of a call that was answered for the next one, and learn how long it took.

        One that has no answer counts as one that took long.
        """
        self._idle.append(flight.client)
        has_answer = flight.future.exception() is None and flight.future.result().failed is None
        seconds = flight.future.result().seconds if has_answer else float("inf")
        self._in_flight = self._in_flight.answered(seconds)

    def may_start(self, under_way: int, *, has_passed: bool) -> bool:
        """Whether a further call may be under way."""
        return under_way < (self._in_flight.now if has_passed else 1)


class _Flight(NamedTuple):
    """A call that is under way."""

    call: TaskCall
    client: RestClient
    future: Future[Answer]


class _Sending:
    """One run of `TaskWriter.log`."""

    def __init__(
        self,
        writer: TaskWriter,
        source: Iterator[Sequence[Task]],
        key_field: KeyField,
        user_id: UserId,
        calls: TaskCalls,
    ) -> None:
        self._writer = writer
        self._source: Iterator[Sequence[Task]] | None = source
        self._key_field = key_field
        self._user_id = user_id
        self._calls = calls
        self._under_way: dict[Future[Answer], _Flight] = {}
        self._dropped: list[TaskOutcome] = []
        self.trouble = _Trouble()

    def outcomes(self, pool: ThreadPoolExecutor) -> Iterator[Sequence[TaskOutcome]]:
        """Send everything; yield outcomes as they come."""
        self._top_up(pool)
        while self._under_way:
            done, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
            results = [self._collect(self._under_way.pop(future)) for future in done]
            self._drop()
            # The next requests are under way before the caller records these outcomes.
            self._top_up(pool)
            results.append(self._take_dropped())
            # Together, so that the caller commits once for all that were answered meanwhile.
            yield from filter(None, [list(chain.from_iterable(results))])
        self._drop()
        yield from filter(None, [self._take_dropped()])

    def _top_up(self, pool: ThreadPoolExecutor) -> None:
        calls = self._calls
        while not self._is_stopped and self._writer.may_start(
            len(self._under_way), has_passed=calls.has_passed
        ):
            call = calls.take()
            if call is not None:
                flight = self._writer.start(pool, call, self._key_field, self._user_id)
                self._under_way[flight.future] = flight
            elif not self._pull():
                return

    def _pull(self) -> bool:
        """Take one more batch from the source; return False if there is none, or no room for it."""
        if self._source is None or not self._writer.may_start(
            self._calls.count, has_passed=self._calls.has_passed
        ):
            return False
        try:
            batch = next(self._source, None)
        except Exception as error:
            self.trouble.stop(error)  # raised after the outcomes of everything in flight
            batch = None
        if batch is None:
            self._source = None
            return False
        if len(batch) > MOST_RECORDS or len({task.key for task in batch}) < len(batch):
            raise ValueError("a batch is at most 200 Tasks with a key each of their own")
        self._calls.add(batch)
        self._drop()
        return True

    @property
    def _is_stopped(self) -> bool:
        return self.trouble.stopped or self._calls.stopped is not None

    def _drop(self) -> None:
        """Take out Tasks that are not sent any more, for their outcomes."""
        self._dropped += [TaskNotSent(task.key, why) for task, why in self._calls.drop_unsent()]
        if self.trouble.stopped:
            self._dropped += [TaskNotSent(task.key) for task in self._calls.drop_all()]

    def _take_dropped(self) -> Sequence[TaskOutcome]:
        dropped, self._dropped = self._dropped, []
        return dropped

    def _collect(self, flight: _Flight) -> Sequence[TaskOutcome]:
        self._writer.end(flight)
        call, bug = flight.call, flight.future.exception()
        if isinstance(bug, Exception):
            self._calls.lost(call)
            self.trouble.stop(bug)
            return ()
        answer = flight.future.result()
        if answer.failed is None:
            self.trouble.note(None)
            return self._outcomes_of(call, answer)
        if not answer.results and (refusal := refusal_of_call(answer.failed, call)):
            self.trouble.note(None)
            return self._send_in_halves(call, call.tasks, refusal)
        self._calls.lost(call)
        self.trouble.note(answer.failed)
        return [
            outcome(task, answer, self._key_field)
            if task.key in answer.results
            else lost(task, answer.failed)
            for task in call.tasks
        ]

    def _outcomes_of(self, call: TaskCall, answer: Answer) -> Sequence[TaskOutcome]:
        """Return the outcomes of a call; what failed with the whole call is sent again."""
        pairs = [(task, answer.results[task.key]) for task in call.tasks]
        whole = failed_with_call([result for _, result in pairs])
        outcomes = [
            outcome(task, answer, self._key_field) for task, result in pairs if result not in whole
        ]
        if whole:
            tasks = [task for task, result in pairs if result in whole]
            refusal = refusal_of(whole[0], texts_of(tasks[:1]))
            return [
                *outcomes,
                *self._send_in_halves(call, tasks, refusal, by_lock=is_locked(whole[0])),
            ]
        self._note_refusals(outcomes)
        logged = {one.key for one in outcomes if isinstance(one, TaskLogged)}
        self._calls.passed(call, [task for task in call.tasks if task.key in logged])
        return outcomes

    def _note_refusals(self, outcomes: Sequence[TaskOutcome]) -> None:
        """Stop the sending where Salesforce takes no Task at all."""
        refused = [one.refusal for one in outcomes if isinstance(one, TaskRefused)]
        is_all = len(refused) == len(outcomes) and not self._calls.has_passed
        for refusal in refused:
            if refusal.stops_writing or (is_all and refusal.is_same_for_all):
                self._calls.stop(refusal)

    def _send_in_halves(
        self,
        call: TaskCall,
        tasks: Sequence[Task],
        refusal: RecordRefusal,
        *,
        by_lock: bool = False,
    ) -> Sequence[TaskOutcome]:
        """Have several Tasks sent again in halves; return the outcome of a single one."""
        if self._calls.failed_whole(call, tasks, refusal, by_lock=by_lock):
            return ()
        return [TaskRefused(tasks[0].key, refusal)]
