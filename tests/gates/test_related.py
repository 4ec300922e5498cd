"""R2: the Opportunity or Case of a Task, against the rule said once more, over many made-up orgs.

Each made-up org is an Account with two Contacts, Opportunities, roles and Cases, by chance. All of
them stand in one local org, so that each also has the others' records around it.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from tests.salesforce.worlds import adapter
from tests.servers.salesforce import LocalOrg
from wasf.core.auth import UserId
from wasf.core.plan.related import choose_related
from wasf.core.policy import RelatedObject
from wasf.core.records import RecordId

ORGS = 2_000
"""How many orgs are made up."""

ORDERS = (
    (RelatedObject.OPPORTUNITY,),
    (RelatedObject.CASE,),
    (RelatedObject.OPPORTUNITY, RelatedObject.CASE, RelatedObject.ACCOUNT),
    (RelatedObject.CASE, RelatedObject.OPPORTUNITY),
    (RelatedObject.ACCOUNT, RelatedObject.CASE),
)


class Made(NamedTuple):
    """A record that was made up: an Opportunity or a Case."""

    id: str
    of: str
    owner: str
    modified: int
    is_closed: bool


class MadeOrg(NamedTuple):
    """A made-up org."""

    account: str
    contacts: tuple[str, str]
    in_account: frozenset[str]
    opportunities: tuple[Made, ...]
    roles: frozenset[tuple[str, str]]
    cases: tuple[Made, ...]


def expected(order: Sequence[RelatedObject], org: MadeOrg, contact: str, owner: str) -> str | None:
    """The rule in other words: all candidates in one list, sorted; the first one is taken."""
    open_ones = [one for one in org.opportunities if not one.is_closed]
    mine = [one for one in open_ones if (one.id, contact) in org.roles]
    belongs = contact in org.in_account
    if not mine and belongs:
        mine = [one for one in open_ones if one.of == org.account]
    cases = [one for one in org.cases if one.of == contact and not one.is_closed]
    lists = {RelatedObject.OPPORTUNITY: mine, RelatedObject.CASE: cases}
    for kind in order:
        if kind is RelatedObject.ACCOUNT:
            if belongs:
                return org.account
            continue
        ranked = sorted(lists[kind], key=lambda one: (one.owner != owner, -one.modified, one.id))
        if ranked:
            return ranked[0].id
    return None


def _make_up(local: LocalOrg, count: int, users: Sequence[str]) -> list[MadeOrg]:
    chance = random.Random(20_260_302)
    accounts = local.add_many("Account", [{"Name": f"A{n}"} for n in range(count)])
    in_account = [chance.random() < 0.8 for _ in range(2 * count)]
    contacts = local.add_many(
        "Contact",
        [
            {"LastName": f"C{n}", "AccountId": accounts[n // 2] if in_account[n] else None}
            for n in range(2 * count)
        ],
    )

    def records(sobject: str, parents: list[tuple[int, str]], field: str) -> list[list[Made]]:
        rows = [
            {
                field: parent, "OwnerId": chance.choice(users), "IsClosed": chance.random() < 0.3,
                "LastModifiedDate": f"2026-01-0{chance.randint(1, 4)}T10:00:00.000+0000",
            }
            for _, parent in parents
        ]  # fmt: skip
        named = [{"Name": "O", **row} if sobject == "Opportunity" else row for row in rows]
        made: list[list[Made]] = [[] for _ in range(count)]
        ids = local.add_many(sobject, named)
        for one, (org, parent), row in zip(ids, parents, rows, strict=True):
            day = int(str(row["LastModifiedDate"])[9])
            made[org].append(Made(one, parent, str(row["OwnerId"]), day, bool(row["IsClosed"])))
        return made

    homes = [(n, accounts[n]) for n in range(count) for _ in range(chance.randint(0, 4))]
    opportunities = records("Opportunity", homes, "AccountId")
    theirs = [
        (n, contacts[2 * n + chance.randint(0, 1)])
        for n in range(count)
        for _ in range(chance.randint(0, 3))
    ]
    cases = records("Case", theirs, "ContactId")
    roles = {
        (one.id, contacts[2 * n + chance.randint(0, 1)])
        for n in range(count)
        for one in opportunities[n] + opportunities[n - 1][:1]
        if chance.random() < 0.3
    }
    rows = [{"OpportunityId": one, "ContactId": contact} for one, contact in sorted(roles)]
    local.add_many("OpportunityContactRole", rows)
    return [
        MadeOrg(
            accounts[n],
            (contacts[2 * n], contacts[2 * n + 1]),
            frozenset(contacts[k] for k in (2 * n, 2 * n + 1) if in_account[k]),
            (*opportunities[n], *opportunities[n - 1]),
            frozenset(roles),
            tuple(cases[n]),
        )
        for n in range(count)
    ]


@pytest.mark.gate
def test_the_related_record_is_that_of_the_rule() -> None:
    with LocalOrg.start() as local:
        users = [local.user_id, local.add_user(LastName="B", Email="b@example.com")]
        orgs = _make_up(local, ORGS, users)
        org = adapter(local)
        accounts = {
            RecordId(contact): RecordId(made.account) if contact in made.in_account else None
            for made in orgs
            for contact in made.contacts
        }
        found = org.relations(accounts, tuple(RelatedObject))
        assert org.api_calls == -(-len(accounts) // 200)
    compared = chosen = 0
    for made in orgs:
        for contact in made.contacts:
            for order in ORDERS:
                for owner in (*users, "005000000000000AAA"):
                    got = choose_related(order, found[RecordId(contact)], UserId(owner))
                    assert got == expected(order, made, contact, owner), (made, contact, order)
                    compared += 1
                    chosen += got is not None
    print(f"{len(orgs):,} made-up orgs, {compared:,} choices, {chosen:,} of them a record")
    assert chosen > compared / 4
