"""A ledger with two chats and five queued messages, and what tests of runs do with it."""

from tests.store.ledger.builders import ADA, ADA_PHONE, BEN, NOON, arrival, chat, key
from tests.store.ledger.contract import logged
from wasf.core.keys import with_keys
from wasf.store.ledger import Ledger, LoggedMessage, LoggedUnit, MessageState, RunId

NAMES = "abcde"
MINUTE = int(NOON.timestamp()) // 60


def fill(ledger: Ledger) -> Ledger:
    """Put two chats into a new ledger, the first with five queued messages."""
    ledger.save_chat(chat(ADA, title="Ada", phone=ADA_PHONE))
    ledger.save_chat(chat(BEN, title="Ben"))
    ledger.enqueue(ADA, [arrival(name, at) for at, name in enumerate(NAMES)])
    return ledger


def log(ledger: Ledger, *tasks, how=logged) -> RunId:
    """Let a run send these Tasks of Ada's chat."""
    run = ledger.begin_run(NOON)
    ledger.record_intent([ADA] * len(tasks), tasks, NOON)
    ledger.resolve([how(one) for one in tasks])
    return run


def unit(names: str, *tasks) -> LoggedUnit:
    """Return these messages of Ada's chat and these Tasks as one unit."""
    messages = tuple(LoggedMessage(MINUTE + NAMES.index(name), key(name)) for name in names)
    return LoggedUnit(ADA, messages, tuple(logged(one).task_id for one in tasks))


def states_of(ledger: Ledger, *names: str) -> list[MessageState]:
    """Return the states of these messages of Ada's chat."""
    arrivals = [arrival(name, NAMES.index(name)) for name in names]
    return list(ledger.message_states(ADA, with_keys(arrivals)))
