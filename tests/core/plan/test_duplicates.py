"""M11: what becomes of the chats of a Lead that a duplicate rule blocked."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.core.builders import CLOSED, OWNER, PHONE, RULES, a_chat, a_contact, a_directory, a_lead
from wasf.core.chats import ChatId, Phone
from wasf.core.plan.decisions import BlockedLead, CreatesLead, Plan, PlanContext
from wasf.core.plan.duplicates import plan_blocked, search_for_named
from wasf.core.plan.leads import new_lead
from wasf.core.policy import SameName
from wasf.core.records import RecordId, RecordType

OTHER = "+49 171 3920099"
RULE = "Standard_Lead_Duplicate_Rule"
HIDDEN = RecordId("00Q000000000077AAA")
NAMESAKE = a_lead(1, OTHER)
CONTACT = a_contact(2, OTHER)
BEN = Phone("+447700900123")
CONTEXT = PlanContext(
    users=(),
    connected=OWNER,
    can_create_leads=True,
    doubtful_leads={},
    policy=RULES,
    now=datetime(2026, 3, 2, 9, tzinfo=UTC),
)


def blocked(*named, can_be_saved=True, others=0, rule=RULE, phone=PHONE, again=False, chats=1):
    """A blocked Lead; `named` are records or ids."""
    of_number = [
        replace(a_chat(phone=phone), id=ChatId(f"chat {number}")) for number in range(chats)
    ]
    lead = replace(new_lead(of_number[0], phone, OWNER, RULES), allow_duplicates=again)
    made = CreatesLead(lead, tuple(of_number), (OWNER,) * chats)
    ids = [one if isinstance(one, str) else one.id for one in named]
    types = {"003": RecordType.CONTACT, "00Q": RecordType.LEAD}
    return BlockedLead(
        made, rule, tuple((types[one[:3]], one) for one in ids), can_be_saved, others
    )


def plan(one, *people, context=CONTEXT, merged=None) -> Plan:
    return plan_blocked([one], a_directory(*people, merged=merged), context)


WITH_NUMBER = [
    pytest.param([a_lead(1)], a_lead(1), id="M11: the named Lead"),
    pytest.param([a_contact(1)], a_contact(1), id="M11: the named Contact"),
    pytest.param([a_lead(1, status=CLOSED)], a_lead(1), id="M11: the named closed Lead"),
    pytest.param([a_lead(1, OTHER, "0171 392 0012")], a_lead(1), id="M11: in its second field"),
    pytest.param([a_lead(1, "(0049) 171/3920012")], a_lead(1), id="M11: typed in another way"),
    pytest.param([NAMESAKE, a_lead(3)], a_lead(3), id="M11: the second of two that are named"),
    pytest.param([NAMESAKE, CONTACT, a_contact(3)], a_contact(3), id="M11: the third, a Contact"),
    pytest.param([a_lead(1), a_contact(2)], a_contact(2), id="M11, M2: both have it: a Contact"),
]


@pytest.mark.parametrize("can_be_saved", [True, False], ids=["alert", "block"])
@pytest.mark.parametrize(("named", "used"), WITH_NUMBER)
def test_a_named_record_with_the_number_is_used(named, used, can_be_saved):
    made = plan(blocked(*named, can_be_saved=can_be_saved, chats=2), *named)
    assert (made.creates, made.waits) == ((), ())
    assert [logs.targets[0].record_id for logs in made.logs] == [used.id, used.id]


def test_m11_m5_a_closed_lead_with_the_number_is_reopened():
    closed = a_lead(1, status=CLOSED)
    [change] = plan(blocked(closed), closed).changes
    assert change.reopens


def test_m11_m8_the_double_spelling_of_a_number_is_the_number():
    there = a_lead(1, "+55 11 8555-0100")
    made = plan(blocked(there, phone=Phone("+5511985550100")), there)
    assert made.logs[0].targets[0].record_id == there.id


STRANGERS = [
    pytest.param([NAMESAKE], id="M11: a Lead with another number"),
    pytest.param([CONTACT], id="M11: a Contact with another number"),
    pytest.param([a_lead(1, "")], id="M11: a Lead without a number"),
    pytest.param([a_lead(1, "171 392001")], id="M11: a part of the number"),
    pytest.param([a_lead(1, "+1 171 392 0012")], id="M11: the same digits in another country"),
    pytest.param([a_lead(1, OTHER, status=CLOSED)], id="M11: a closed Lead"),
    pytest.param([NAMESAKE, CONTACT], id="M11: two records"),
]


@pytest.mark.parametrize("setting", SameName)
@pytest.mark.parametrize("people", STRANGERS)
def test_a_namesake_is_another_person(people, setting):
    context = replace(CONTEXT, policy=replace(RULES, same_name=setting))
    made = plan(blocked(*people, chats=2), *people, context=context)
    [create] = made.creates
    assert (made.logs, made.waits, made.changes) == ((), (), ())
    assert create.lead == replace(blocked().plan.lead, allow_duplicates=True)
    assert [chat.id for chat in create.chats] == ["chat 0", "chat 1"]
    assert RULE in create.note
    assert [one.record_id for one in create.similar] == [one.id for one in people]


@pytest.mark.parametrize("people", STRANGERS)
def test_a_rule_that_blocks_is_named_and_so_are_the_records(people):
    made = plan(blocked(*people, can_be_saved=False, chats=2), *people)
    assert (made.logs, made.creates) == ((), ())
    for wait, chat_id in zip(made.waits, ["chat 0", "chat 1"], strict=True):
        assert wait.chat_id == chat_id
        assert f"the duplicate rule {RULE} blocks" in wait.reason
        assert f"wasf link {chat_id} {people[0].id if len(people) == 1 else 'RECORD'}" in wait.hint
        assert [one.record_id for one in wait.records] == [one.id for one in people]


@pytest.mark.parametrize("can_be_saved", [True, False], ids=["alert", "block"])
@pytest.mark.parametrize(
    ("named", "people"),
    [
        pytest.param([], [], id="M11: nothing is named"),
        pytest.param([HIDDEN], [], id="M11: it cannot be read"),
        pytest.param([NAMESAKE, HIDDEN], [NAMESAKE], id="M11: one of two cannot be read"),
    ],
)
def test_a_record_that_cannot_be_seen_may_be_the_person(named, people, can_be_saved):
    made = plan(blocked(*named, can_be_saved=can_be_saved), *people)
    [wait] = made.waits
    assert (made.logs, made.creates) == ((), ())
    assert RULE in wait.reason
    assert "cannot see" in wait.reason
    assert "share" in wait.hint


def test_m11_a_record_with_the_number_decides_although_another_cannot_be_seen():
    assert plan(blocked(HIDDEN, a_lead(1)), a_lead(1)).logs


@pytest.mark.parametrize("can_be_saved", [True, False], ids=["alert", "block"])
def test_m11_a_rule_is_asked_once_more_and_not_again(can_be_saved):
    made = plan(blocked(NAMESAKE, can_be_saved=can_be_saved, again=True), NAMESAKE)
    assert not made.creates
    assert RULE in made.waits[0].reason


def test_m11_records_of_other_objects_only():
    assert "names another record" in plan(blocked(others=1)).creates[0].note
    assert RULE in plan(blocked(others=1, can_be_saved=False)).waits[0].reason


def test_m11_a_rule_without_a_name():
    made = plan(blocked(NAMESAKE, rule="", can_be_saved=False), NAMESAKE)
    assert made.waits[0].reason.startswith("a duplicate rule of your org blocks")


GONE = RecordId("00Q000000000066AAA")


@pytest.mark.parametrize(
    ("lives_on", "is_hers"),
    [
        pytest.param(a_lead(1), True, id="M11: merged into the person's record"),
        pytest.param(NAMESAKE, False, id="M11: merged into a stranger's"),
    ],
)
def test_a_named_record_that_was_merged(lives_on, is_hers):
    made = plan(blocked(GONE), lives_on, merged={GONE: lives_on.id})
    assert (bool(made.logs), bool(made.creates)) == (is_hers, not is_hers)


def test_m11_m7_a_converted_lead_stands_for_its_contact():
    lead = a_lead(1, became=CONTACT.id)
    made = plan(blocked(lead), lead, CONTACT)
    assert made.logs[0].targets[0].record_id == CONTACT.id


def test_m11_m7_a_converted_lead_whose_contact_is_gone_is_nobody():
    lead = a_lead(1, OTHER, became=CONTACT.id)
    made = plan(blocked(lead), lead)
    assert made.creates
    assert not made.creates[0].similar


def test_m11_each_lead_is_decided_for_itself():
    there = a_contact(1)
    ben = blocked(there, NAMESAKE, phone=BEN)
    made = plan_blocked([blocked(there), ben], a_directory(there, NAMESAKE), CONTEXT)
    assert [logs.targets[0].record_id for logs in made.logs] == [there.id]
    assert [create.lead.phone for create in made.creates] == [BEN]


def test_m11_what_is_searched_for():
    wanted = search_for_named([blocked(NAMESAKE), blocked(CONTACT, HIDDEN, phone=BEN)])
    assert wanted.phones == {PHONE, BEN}
    assert (wanted.lead_ids, wanted.contact_ids) == ({NAMESAKE.id, HIDDEN}, {CONTACT.id})
    assert not wanted.names
