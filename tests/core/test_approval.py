"""Whose word counts for a chat, and which chats wait for one (rule X2)."""

from dataclasses import replace

import pytest

from tests.core.builders import RULES
from tests.store.ledger.builders import chat
from wasf.core.approval import (
    account_key,
    effective_approval,
    first_approval,
    joined_approval,
    may_be_logged,
    waits_for_yes,
)
from wasf.core.policy import NewChats, SyncPolicy
from wasf.core.records import Approval, KnownChat

NOT_NEEDED, PENDING, ALLOWED, SKIPPED = Approval

WHOSE_WORD = {
    "x2 nobody said anything": (NOT_NEEDED, None, None, NOT_NEEDED),
    "x2 a new chat waits": (PENDING, None, None, PENDING),
    "x2 a yes to the number": (PENDING, ALLOWED, None, ALLOWED),
    "x2 a no to the account": (NOT_NEEDED, None, SKIPPED, SKIPPED),
    "x2 the number before the account": (PENDING, ALLOWED, SKIPPED, ALLOWED),
    "x2 the chat before its number": (SKIPPED, ALLOWED, None, SKIPPED),
    "x2 the chat before its account": (ALLOWED, None, SKIPPED, ALLOWED),
}


@pytest.mark.parametrize(
    ("own", "number", "account", "counts"), WHOSE_WORD.values(), ids=list(WHOSE_WORD)
)
def test_whose_word_counts(
    own: Approval, number: Approval | None, account: Approval | None, counts: Approval
) -> None:
    assert effective_approval(own, number, account) is counts


LOG, ASK = NewChats
FIRST = {
    "x2 by default a new chat is logged": (NOT_NEEDED, LOG, NOT_NEEDED),
    "x2 with ask it waits": (NOT_NEEDED, ASK, PENDING),
    "x2 a yes to its number was given before": (ALLOWED, ASK, NOT_NEEDED),
    "x2 a no to its account was given before": (SKIPPED, ASK, NOT_NEEDED),
}


@pytest.mark.parametrize(("effective", "chats", "stored"), FIRST.values(), ids=list(FIRST))
def test_the_first_approval(effective: Approval, chats: NewChats, stored: Approval) -> None:
    assert first_approval(effective, _policy(chats)) is stored


WAITS = {
    "x2 a new chat": (PENDING, 0, ASK, True),
    "x2 the setting is log again": (PENDING, 0, LOG, False),
    "x2 it was logged while the setting was log": (PENDING, 3, ASK, False),
    "x2 a chat from before the setting": (NOT_NEEDED, 0, ASK, False),
    "x2 somebody said yes": (ALLOWED, 0, ASK, False),
    "x2 somebody said no": (SKIPPED, 0, ASK, False),
}


@pytest.mark.parametrize(("approval", "logged", "chats", "waits"), WAITS.values(), ids=list(WAITS))
def test_what_waits_for_a_yes(
    approval: Approval, logged: int, chats: NewChats, waits: bool
) -> None:
    known = KnownChat(chat(), approval=approval, queued=1, logged=logged)
    assert waits_for_yes(known, _policy(chats)) is waits
    assert may_be_logged(known, _policy(chats)) is not (waits or approval is SKIPPED)


def test_an_account_has_one_spelling() -> None:
    assert account_key("Sales  Team") == account_key("sales team")
    assert account_key("0170 1234567", "DE") == account_key("+49 170 1234567")


def _policy(chats: NewChats) -> SyncPolicy:
    return replace(RULES, new_chats=chats)


JOINED = {
    "x2 a no to either counts": (SKIPPED, ALLOWED, SKIPPED),
    "x2 a yes to either counts": (PENDING, ALLOWED, ALLOWED),
    "x2 a known chat is not new": (PENDING, NOT_NEEDED, NOT_NEEDED),
    "x2 both are new": (PENDING, PENDING, PENDING),
}


@pytest.mark.parametrize(("one", "other", "counts"), JOINED.values(), ids=list(JOINED))
def test_two_chats_that_are_one(one: Approval, other: Approval, counts: Approval) -> None:
    assert joined_approval(one, other) is joined_approval(other, one) is counts
