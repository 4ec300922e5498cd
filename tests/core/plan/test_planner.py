"""L1 to L4, M9, M10, M13, T7, W: from people found to a plan in which every chat has its place."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.builders import (
    CLOSED,
    COLLEAGUE,
    OWNER,
    RULES,
    a_chat,
    a_contact,
    a_directory,
    a_lead,
    an_account,
)
from wasf.core.chats import Chat, ChatId, Participant, Phone
from wasf.core.plan.decisions import Plan, PlanContext, Waits
from wasf.core.plan.planner import make_plan, search_for
from wasf.core.plan.related import businesses_by_number, unknown_numbers
from wasf.core.policy import AccountNumber, SameName
from wasf.core.records import KnownChat, Link, PeopleQuery, RecordId, RecordType, User

ADA = Phone("+491713920012")
BEN = Phone("+447700900123")
CEM = Phone("+33639980001")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GONE = Link(RecordType.CONTACT, RecordId("003000000000999AAA"))


def circumstances(policy=RULES, **facts) -> PlanContext:
    usual = {
        "users": (),
        "connected": OWNER,
        "can_create_leads": True,
        "doubtful_leads": {},
        "policy": policy,
        "now": NOW,
    }
    return PlanContext(**usual | facts)


def pending(number: int = 1, *, link=None, unlinked=False, **facts) -> KnownChat:
    chat = replace(a_chat(), id=ChatId(f"chat {number}"), phone=ADA)
    return KnownChat(replace(chat, **facts), link, unlinked)


def plan(*chats: KnownChat, people=(), policy=RULES, merged=None, **facts) -> Plan:
    directory = a_directory(*people, policy=policy, merged=merged)
    return make_plan(chats, directory, circumstances(policy, **facts))


def targets(of: Plan) -> dict[ChatId, list[RecordId]]:
    return {logs.chat.id: [target.record_id for target in logs.targets] for logs in of.logs}


def only_wait(of: Plan) -> Waits:
    assert (of.creates, of.changes, of.logs, of.skips) == ((), (), (), ())
    [wait] = of.waits
    assert wait.hint
    return wait


# --- L1, L2: nobody is found -------------------------------------------------------------------


def test_l1_a_person_who_is_nowhere_gets_a_new_lead():
    [create] = plan(pending(name="Ada Lovelace Example", owner_email="kim@example.com")).creates
    assert (create.lead.first_name, create.lead.last_name) == ("Ada Lovelace", "Example")
    assert create.lead.phone == ADA
    assert create.lead.company == "[not provided]"
    assert create.lead.source == "WhatsApp"
    assert create.lead.owner_id == OWNER
    assert create.lead.description == "WhatsApp chat: https://wa.me/491713920012"
    assert [chat.id for chat in create.chats] == ["chat 1"]


def test_l1_o1_the_lead_belongs_to_the_person_responsible():
    kim = User(COLLEAGUE, "kim@example.com", "kim@example.com")
    [create] = plan(pending(owner_email="Kim@example.com"), users=(kim,)).creates
    assert create.lead.owner_id == COLLEAGUE
    assert create.owners == (COLLEAGUE,)


def test_o4_a_doubtful_owner_is_noted_once():
    users = tuple(
        User(COLLEAGUE.replace("2", digit), "kim@example.com", f"kim{digit}@example.com")
        for digit in "34"
    )
    made = plan(
        pending(1, owner_email="kim@example.com"),
        pending(2, owner_email="kim@example.com"),
        users=users,
    )
    [note] = made.notes
    assert "2 users" in note


@pytest.mark.parametrize(
    ("facts", "policy", "reason", "hint"),
    [
        pytest.param(
            {}, replace(RULES, create_leads=False), "switched off", "auto_create", id="L2: off"
        ),
        pytest.param(
            {"can_create_leads": False}, RULES, "may not create Leads", "admin", id="L1: no right"
        ),
        pytest.param(
            {"doubtful_leads": {ADA: NOW + timedelta(minutes=5)}},
            RULES,
            "an earlier run may have created",
            "2026-03-02 10:05",
            id="L4: an earlier run's Lead is in doubt",
        ),
        pytest.param(
            {"doubtful_leads": {Phone("+5491155501001"): NOW + timedelta(minutes=5)}},
            RULES,
            "an earlier run may have created",
            "2026-03-02 10:05",
            id="L4: in doubt under the number's other spelling",
        ),
    ],
)
def test_nobody_is_found_and_no_lead_is_made(facts, policy, reason, hint):
    phone = Phone("+541155501001") if "+5491155501001" in facts.get("doubtful_leads", {}) else ADA
    wait = only_wait(plan(pending(phone=phone), policy=policy, **facts))
    assert reason in wait.reason
    assert hint in wait.hint


def test_l4_a_lead_in_doubt_is_made_when_the_quarantine_is_over():
    assert plan(pending(), doubtful_leads={ADA: NOW}).creates
    assert plan(pending(), doubtful_leads={BEN: NOW + timedelta(minutes=5)}).creates


def test_l4_a_lead_in_doubt_that_is_found_is_used():
    made = plan(
        pending(), people=[a_lead(1, ADA)], doubtful_leads={ADA: NOW + timedelta(minutes=5)}
    )
    assert targets(made) == {"chat 1": [a_lead(1).id]}


# --- L4: one Lead for one number ---------------------------------------------------------------


def test_l4_two_chats_with_one_unknown_number_make_one_lead():
    [create] = plan(pending(1, name=""), pending(2, name="Ada Example"), pending(3)).creates
    assert [chat.id for chat in create.chats] == ["chat 1", "chat 2", "chat 3"]
    assert create.lead.last_name == "Example"


def test_l4_the_two_spellings_of_a_number_make_one_lead():
    spellings = [Phone("+5511985550101"), Phone("+551185550101")]
    made = plan(*(pending(n, phone=phone) for n, phone in enumerate(spellings)))
    assert len(made.creates) == 1
    assert len(made.creates[0].chats) == len(made.creates[0].owners) == 2


def test_l4_two_numbers_make_two_leads():
    assert len(plan(pending(1), pending(2, phone=BEN)).creates) == 2


# --- L3, M5: changes on Leads that are there ---------------------------------------------------


def test_l3_an_open_lead_gets_the_link_and_keeps_its_owner():
    lead = a_lead(1, ADA, description="Met at a fair")
    made = plan(pending(), people=[lead])
    [change] = made.changes
    assert not change.reopens
    assert change.change.status is None
    assert change.change.description == ("Met at a fair\nWhatsApp chat: https://wa.me/491713920012")
    assert made.logs[0].owner == OWNER


def test_m5_a_closed_lead_is_reopened_before_its_chats_are_logged():
    [change] = plan(pending(), people=[a_lead(1, ADA, status=CLOSED)]).changes
    assert change.reopens
    assert change.change.status == "Open - Not Contacted"
    assert change.chats == ("chat 1",)


@pytest.mark.parametrize("link_field", ["", "Chat__c"], ids=["in the description", "in a field"])
def test_m5_l3_two_chats_on_one_closed_lead_make_one_change_with_the_link(link_field):
    """The second chat has the same link or none: the first one's must not get lost by that."""
    lead = a_lead(1, ADA, status=CLOSED, description="Hers")
    policy = replace(RULES, link_field=link_field)
    nameless = pending(2, phone=None)
    for second in (pending(2), nameless):
        [change] = plan(pending(1), second, people=[lead], policy=policy).changes
        assert change.chats == ("chat 1", "chat 2")
        assert change.change.status == "Open - Not Contacted"
        if link_field:
            assert (change.change.link_field, change.change.link) == (
                "Chat__c",
                "https://wa.me/491713920012",
            )
        else:
            assert change.change.description == ("Hers\nWhatsApp chat: https://wa.me/491713920012")


def test_l3_two_chats_with_links_of_their_own_make_one_change_with_both():
    urls = ["https://chat.example.com/1", "https://chat.example.com/2"]
    chats = [pending(n, url=url) for n, url in enumerate(urls)]
    [change] = plan(*chats, people=[a_lead(1, ADA)]).changes
    assert [url in change.change.description for url in urls] == [True, True]


def test_l3_a_contact_is_never_changed():
    made = plan(pending(), people=[a_contact(1, ADA)])
    assert not made.changes
    assert targets(made) == {"chat 1": [a_contact(1).id]}


# --- M13: the same name, and no number at all ---------------------------------------------------

HERS = a_lead(1, "")

M13_DECIDES = [
    pytest.param([HERS], HERS, id="M13: an open Lead"),
    pytest.param([a_contact(1, "")], a_contact(1, ""), id="M13: a Contact"),
    pytest.param([a_contact(1, "n/a")], a_contact(1, "n/a"), id="M13: words are no number"),
    pytest.param([HERS, a_contact(2, BEN)], HERS, id="M13: besides, a namesake with a number"),
    pytest.param([HERS, a_lead(2, "", status=CLOSED)], HERS, id="M13: besides, a closed Lead"),
    pytest.param([HERS, a_lead(2, "", name="Ada")], HERS, id="M13: besides, another name"),
    pytest.param(
        [a_contact(1, ""), a_lead(2, "", became=a_contact(1).id)],
        a_contact(1, ""),
        id="M13: a Contact and the Lead it was are one",
    ),
]
M13_DOES_NOT = [
    pytest.param([], id="M13: nobody"),
    pytest.param([a_contact(1, BEN)], id="M13: a namesake with another number"),
    pytest.param([a_lead(1, "", BEN)], id="M13: another number in the second field"),
    pytest.param([a_contact(1, "ext. 12")], id="M13: a piece of a number is a number"),
    pytest.param([HERS, a_contact(1, "")], id="M13: two namesakes, a Contact and a Lead"),
    pytest.param([a_lead(1, ""), a_lead(2, "")], id="M13: two namesakes, both Leads"),
    pytest.param([a_lead(1, "", status=CLOSED)], id="M13: a closed Lead"),
    pytest.param([a_lead(1, "", name="Ada Example-Else")], id="M13: another name"),
    pytest.param(
        [a_contact(1, "", name="Ada Else"), a_lead(2, "", became=a_contact(1).id)],
        id="M13: a Lead that became a Contact of another name",
    ),
]


@pytest.mark.parametrize(("people", "namesake"), M13_DECIDES)
def test_m13_one_record_has_the_name_and_no_number(people, namesake):
    wait = only_wait(plan(pending(), people=people))
    assert "Ada Example has this name and no number" in wait.reason
    assert f"wasf link chat 1 {namesake.id}" in wait.hint
    assert [record.record_id for record in wait.records] == [namesake.id]

    used = plan(pending(), people=people, policy=replace(RULES, same_name=SameName.USE))
    assert targets(used) == {"chat 1": [namesake.id]}

    as_lead = plan(pending(), people=people, policy=replace(RULES, same_name=SameName.LEAD))
    [create] = as_lead.creates
    assert "has this name and no number" in create.note
    assert [record.record_id for record in create.similar] == [namesake.id]


@pytest.mark.parametrize("setting", SameName)
@pytest.mark.parametrize("people", M13_DOES_NOT)
def test_m13_nobody_has_the_name_and_no_number_or_several_have(people, setting):
    [create] = plan(pending(), people=people, policy=replace(RULES, same_name=setting)).creates
    assert (create.note, create.similar) == ("", ())


@pytest.mark.parametrize("setting", SameName)
def test_m13_whoever_has_the_number_decides_before_the_name(setting):
    policy = replace(RULES, same_name=setting)
    made = plan(pending(), people=[HERS, a_lead(2, ADA)], policy=policy)
    assert targets(made) == {"chat 1": [a_lead(2).id]}


M13_NO_LEAD = [
    pytest.param({}, {"create_leads": False}, "switched off", id="M13, L2: off"),
    pytest.param({"can_create_leads": False}, {}, "may not create Leads", id="M13, L1: no right"),
]


@pytest.mark.parametrize(("facts", "policy", "reason"), M13_NO_LEAD)
def test_m13_without_new_leads_only_the_setting_lead_is_in_the_way(facts, policy, reason):
    def made(setting: SameName) -> Plan:
        rules = replace(RULES, same_name=setting, **policy)
        return plan(pending(), people=[HERS], policy=rules, **facts)

    assert reason in only_wait(made(SameName.LEAD)).reason
    assert "no number" in only_wait(made(SameName.WAIT)).reason
    assert targets(made(SameName.USE)) == {"chat 1": [HERS.id]}


def test_m13_l4_a_lead_in_doubt_is_waited_for_before_a_record_is_used():
    doubtful = {ADA: NOW + timedelta(minutes=5)}
    rules = replace(RULES, same_name=SameName.USE)
    wait = only_wait(plan(pending(), people=[HERS], policy=rules, doubtful_leads=doubtful))
    assert "an earlier run may have created" in wait.reason


@pytest.mark.parametrize("setting", [SameName.WAIT, SameName.USE])
def test_m13_two_numbers_of_one_name_wait_for_a_person(setting):
    chats = pending(1), pending(2, phone=BEN)
    made = plan(*chats, people=[HERS], policy=replace(RULES, same_name=setting))
    assert [wait.chat_id for wait in made.waits] == ["chat 1", "chat 2"]
    assert all("2 numbers have it" in wait.reason for wait in made.waits)


def test_m13_l4_all_chats_of_a_number_go_one_way():
    chats = pending(1), pending(2, name="")
    made = plan(*chats, people=[HERS], policy=replace(RULES, same_name=SameName.USE))
    assert targets(made) == {"chat 1": [HERS.id], "chat 2": [HERS.id]}
    assert [wait.chat_id for wait in plan(*chats, people=[HERS]).waits] == ["chat 1", "chat 2"]


@pytest.mark.parametrize(
    ("linked", "is_hers"),
    [
        pytest.param({ADA}, True, id="M13: linked to a chat with this number"),
        pytest.param({BEN}, False, id="M13: linked to a chat with another number"),
        pytest.param({ADA, BEN}, False, id="M13: linked to both"),
    ],
)
def test_m13_a_record_has_the_numbers_of_the_chats_that_are_linked_to_it(linked, is_hers):
    made = plan(
        pending(),
        people=[HERS],
        policy=replace(RULES, same_name=SameName.USE),
        linked_numbers={HERS.id: frozenset(linked)},
    )
    assert bool(made.logs) is is_hers
    assert bool(made.creates) is not is_hers


def test_m13_a_member_of_a_group_with_a_number_is_not_found_by_name():
    rules = replace(RULES, same_name=SameName.USE)
    assert plan(group(Participant("Ada Example", ADA)), people=[HERS], policy=rules).skips


# --- M12: the number stands on a business Account only -----------------------------------------

ACME = an_account(1, "Carl Acme")


def on_accounts(setting: AccountNumber, *accounts, chats=(), people=(), **facts) -> Plan:
    rules = {"create_leads": facts.pop("create_leads", True)}
    policy = replace(RULES, accounts=setting, **rules)
    known = {"can_relate": True, **facts}
    by_number = businesses_by_number(accounts, "DE")
    return plan(*(chats or [pending()]), people=people, policy=policy, accounts=by_number, **known)


def test_m12_lead_makes_one_and_names_the_account_and_the_command():
    [create] = on_accounts(AccountNumber.LEAD, ACME).creates
    assert "a new Lead, although the Account Acme 1 has this number" in create.note
    assert [one.record_id for one in create.similar] == [ACME.id]
    assert create.hint == (
        "if it is Carl Acme, the Contact of Acme 1: wasf link chat 1 003000000000001AAA --move"
    )


@pytest.mark.parametrize("create_leads", [True, False])
def test_m12_wait_is_no_lead(create_leads):
    wait = only_wait(on_accounts(AccountNumber.WAIT, ACME, create_leads=create_leads))
    assert wait.reason == "only the Account Acme 1 has its number"
    assert "wasf link chat 1 003000000000001AAA" in wait.hint
    assert [one.record_id for one in wait.records] == [ACME.id]


M12_CHOSEN = [
    pytest.param([an_account(1)], 1, id="M12: the only one"),
    pytest.param([an_account(1), an_account(2, changed=2)], 2, id="M12: the latest changed"),
    pytest.param([an_account(2), an_account(1)], 1, id="M12: the lowest id"),
    pytest.param(
        [an_account(1, changed=2), an_account(2, owner=OWNER)], 2, id="M12: the chat's owner's"
    ),
]


@pytest.mark.parametrize("create_leads", [True, False])
@pytest.mark.parametrize(("accounts", "chosen"), M12_CHOSEN)
def test_m12_log_takes_one_account(accounts, chosen, create_leads):
    made = on_accounts(AccountNumber.LOG, *accounts, create_leads=create_leads)
    assert targets(made) == {"chat 1": [an_account(chosen).id]}
    assert made.logs[0].targets[0].record_type is RecordType.ACCOUNT
    assert (made.creates, made.waits) == ((), ())


def test_m12_log_waits_where_a_task_may_not_be_related():
    assert "Acme 1" in only_wait(on_accounts(AccountNumber.LOG, ACME, can_relate=False)).reason


@pytest.mark.parametrize("setting", AccountNumber)
@pytest.mark.parametrize("person", [a_contact(1), a_lead(1), a_lead(1, status=CLOSED)])
def test_m12_a_contact_or_lead_decides_before_any_account(person, setting):
    made = on_accounts(setting, ACME, people=[person])
    assert targets(made) == {"chat 1": [person.id]}


@pytest.mark.parametrize("setting", AccountNumber)
def test_m12_a_person_account_is_no_business(setting):
    account = an_account(1, person=a_contact(1).id)
    [create] = on_accounts(setting, account).creates
    assert (create.note, create.hint) == ("", "")


@pytest.mark.parametrize("setting", AccountNumber)
def test_m12_l4_a_lead_in_doubt_is_waited_for_first(setting):
    wait = only_wait(on_accounts(setting, ACME, doubtful_leads={ADA: NOW + timedelta(minutes=5)}))
    assert "earlier run" in wait.reason


@pytest.mark.parametrize("setting", AccountNumber)
@pytest.mark.parametrize("create_leads", [True, False])
def test_m12_accounts_are_searched_only_where_they_count(setting, create_leads):
    chats = [pending(1), pending(2, phone=BEN), pending(3, phone=None), pending(4, phone=CEM)]
    chats[3] = replace(chats[3], unlinked=True)
    made = on_accounts(setting, chats=chats, people=[a_contact(1, BEN)], create_leads=create_leads)
    expected = {ADA} if create_leads or setting is not AccountNumber.LEAD else set()
    assert unknown_numbers(made, setting) == expected


def test_m12_the_number_of_an_account_is_what_it_means():
    accounts = [an_account(1, phone="0171 3920012"), an_account(2, phone="+49 (171) 392 00-12")]
    found = businesses_by_number([*accounts, an_account(3, phone=BEN)], "DE")
    assert [one.id for one in found[ADA]] == [one.id for one in accounts]


# --- M9, M10, unlinked -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        pytest.param([], "its number is not known, and nobody has this name", id="M9: nobody"),
        pytest.param(
            [a_contact(1, BEN), a_lead(2, CEM)],
            "2 Contacts or Leads have this name",
            id="M9: two people",
        ),
    ],
)
def test_m9_a_name_alone_has_to_be_somebodys_only(people, reason):
    wait = only_wait(plan(pending(phone=None), people=people))
    assert wait.reason == reason
    assert "--phone" in wait.hint


def test_m9_the_records_that_have_one_name_are_named_with_the_command_for_each():
    people = [a_contact(1, BEN), a_lead(2, CEM)]
    wait = only_wait(plan(pending(phone=None), people=people))
    assert [one.record_id for one in wait.records] == [one.id for one in people]
    assert all(f"wasf link chat 1 {one.id}" in wait.hint for one in people)
    assert only_wait(plan(pending(phone=None), people=people[::-1])) == wait


def test_m9_a_name_that_one_person_has_is_enough():
    made = plan(pending(phone=None), people=[a_contact(1, BEN)])
    assert targets(made) == {"chat 1": [a_contact(1).id]}


def test_m9_a_number_that_nobody_has_is_not_searched_by_name():
    assert plan(pending(), people=[a_contact(1, BEN)]).creates


def test_m10_a_remembered_record_wins_over_the_search():
    link = Link(RecordType.CONTACT, a_contact(2).id)
    made = plan(pending(link=link), people=[a_contact(1, ADA), a_contact(2, BEN)])
    assert targets(made) == {"chat 1": [a_contact(2).id]}


def test_m10_a_record_that_is_gone_is_searched_for_again():
    assert targets(plan(pending(link=GONE), people=[a_contact(1, ADA)])) == {
        "chat 1": [a_contact(1).id]
    }
    assert plan(pending(link=GONE)).creates


def test_m10_what_a_person_unlinked_waits_for_a_person():
    wait = only_wait(plan(pending(unlinked=True), people=[a_contact(1, ADA)]))
    assert "wasf link" in wait.hint


# --- T7: groups --------------------------------------------------------------------------------


def group(*participants: Participant, number: int = 1) -> KnownChat:
    return pending(number, phone=None, name="Cargo bikes", is_group=True, participants=participants)


def test_t7_a_group_is_logged_for_each_participant_who_is_there():
    people = [a_contact(1, ADA), a_lead(2, BEN, name="Ben Beispiel")]
    members = [Participant("Ada", ADA), Participant("+44 7700 900123", BEN), Participant("C", CEM)]
    made = plan(group(*members), people=people)
    [logs] = made.logs
    assert [(t.record_id, t.about) for t in logs.targets] == [
        (people[0].id, ADA),
        (people[1].id, BEN),
    ]
    assert (made.creates, made.changes, made.waits, made.skips) == ((), (), (), ())


def test_t7_one_person_under_two_numbers_gets_each_message_once():
    made = plan(
        group(Participant("Ada", ADA), Participant("Ada privat", BEN)),
        people=[a_contact(1, f"{ADA} / {BEN}")],
    )
    assert [target.about for target in made.logs[0].targets] == [ADA]


def test_t7_a_participant_without_a_number_is_found_by_name():
    made = plan(group(Participant("Ada Example", None)), people=[a_contact(1, BEN)])
    assert [target.about for target in made.logs[0].targets] == ["ada example"]


@pytest.mark.parametrize(
    "people",
    [
        pytest.param([], id="T7: nobody is there"),
        pytest.param([a_contact(1, BEN), a_contact(2, CEM)], id="T7: two have the name"),
    ],
)
def test_t7_a_group_of_strangers_is_skipped_and_makes_no_lead(people):
    made = plan(group(Participant("Ada Example", None)), people=people)
    [skip] = made.skips
    assert (made.creates, made.logs, made.waits) == ((), (), ())
    assert skip.hint


# --- Whom to look for --------------------------------------------------------------------------


def test_m13_search_by_number_and_by_name():
    found = search_for([pending(1), pending(2, phone=None, name="Cleo Muster")])
    assert found.phones == {ADA}
    assert found.names == {"Ada Example", "Cleo Muster"}


def test_search_for_linked_records_by_id_and_number():
    lead = Link(RecordType.LEAD, a_lead(3).id)
    found = search_for([pending(1, link=GONE), pending(2, link=lead, phone=BEN)])
    assert (found.contact_ids, found.lead_ids) == ({GONE.record_id}, {a_lead(3).id})
    assert found.phones == {ADA, BEN}


def test_search_leaves_unlinked_chats_alone():
    assert search_for([pending(unlinked=True, link=GONE)]) == PeopleQuery()


def test_t7_search_for_participants_by_number_else_by_name():
    found = search_for([group(Participant("Ada", ADA), Participant("Ben Beispiel", None))])
    assert found.phones == {ADA}
    assert found.names == {"Ben Beispiel"}


# --- W1: every chat in exactly one place -------------------------------------------------------

phones = st.sampled_from([None, ADA, BEN, CEM, Phone("+541155501001"), Phone("+5491155501001")])
names = st.sampled_from(["", "Ada Example", "Ben Beispiel"])
records = st.lists(
    st.one_of(
        st.builds(
            a_contact,
            st.integers(1, 4),
            phones.map(lambda phone: phone or "-"),
            name=names,
            owner=st.sampled_from([OWNER, COLLEAGUE]),
            changed=st.integers(1, 3),
        ),
        st.builds(
            a_lead,
            st.integers(1, 4),
            phones.map(lambda phone: phone or "-"),
            name=names,
            status=st.sampled_from([CLOSED, replace(CLOSED, api_name="Open - Not Contacted")]),
            became=st.sampled_from([None, None, RecordId("003000000000001AAA")]),
            description=st.sampled_from(["", "WhatsApp chat: https://wa.me/491713920012"]),
        ),
    ),
    max_size=6,
    unique_by=lambda person: person.id,
)
links = st.one_of(
    st.none(),
    st.just(GONE),
    st.integers(1, 4).map(lambda n: Link(RecordType.LEAD, a_lead(n).id)),
)
chats = st.builds(
    Chat,
    id=st.just(ChatId("")),
    source=st.just("export"),
    title=names,
    name=names,
    phone=phones,
    is_group=st.booleans(),
    participants=st.lists(st.builds(Participant, names, phones), max_size=3).map(tuple),
)
pendings = st.lists(st.builds(KnownChat, chats, links, st.booleans()), max_size=6).map(
    lambda some: [
        replace(one, chat=replace(one.chat, id=ChatId(f"chat {n}"))) for n, one in enumerate(some)
    ]
)


@given(
    waiting=pendings,
    people=records,
    create_leads=st.booleans(),
    same_name=st.sampled_from(SameName),
    can_create_leads=st.booleans(),
    doubtful=st.dictionaries(st.sampled_from([ADA, BEN]), st.just(NOW + timedelta(hours=1))),
)
@settings(max_examples=300, deadline=None)
def test_w1_every_chat_is_in_exactly_one_place_of_the_plan(
    waiting, people, create_leads, same_name, can_create_leads, doubtful
):
    policy = replace(RULES, create_leads=create_leads, same_name=same_name)
    made = plan(
        *waiting,
        people=people,
        policy=policy,
        can_create_leads=can_create_leads,
        doubtful_leads=doubtful,
    )
    places = Counter(logs.chat.id for logs in made.logs)
    places.update(wait.chat_id for wait in (*made.waits, *made.skips))
    places.update(chat.id for create in made.creates for chat in create.chats)
    assert places == Counter(one.chat.id for one in waiting)
    check_records(made, people)
    assert made == plan(
        *waiting,
        people=people[::-1],
        policy=policy,
        can_create_leads=can_create_leads,
        doubtful_leads=doubtful,
    ), "the order of what the org returned decides nothing"


def check_records(made: Plan, people) -> None:
    there = {person.id: person for person in people}
    for logs in made.logs:
        assert logs.targets
        assert len({target.record_id for target in logs.targets}) == len(logs.targets)
        assert all(target.record_id in there for target in logs.targets)
    changed = [change.change.id for change in made.changes]
    assert len(set(changed)) == len(changed)
    logged_on = {target.record_id for logs in made.logs for target in logs.targets}
    assert set(changed) <= logged_on
    assert len({create.lead.phone for create in made.creates}) == len(made.creates)
    assert all(wait.reason and wait.hint for wait in (*made.waits, *made.skips))
