"""Duplicate rules as the reference has them: what is alike, what is refused, what is answered."""

from typing import Any

import pytest

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api
from tests.servers.salesforce.similarity import EQUATIONS, confidence

ALLOW = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=true"}
MARIA = {
    "FirstName": "Maria", "LastName": "Silva", "Company": "Acme", "Phone": "+1 212 555 0101",
}  # fmt: skip

# What differs in the known record; whether the standard rule takes the two for one.
ALIKE: dict[str, tuple[dict[str, str | None], bool]] = {
    "equal": ({}, True),
    "the last four digits": ({"Phone": "(212) 555-0199", "Company": None}, True),
    "country and last four": ({"Phone": "+44 212 555 0199", "Company": None}, True),
    "the three digits before": ({"Phone": "+1 212 777 0101", "Company": None}, False),
    "the area": ({"Phone": "+1 404 555 0101", "Company": None}, False),
    "no phone, another company": ({"Phone": None, "Company": "Globex"}, False),
    "no phone, same company, no title": ({"Phone": None}, False),
    "first name mistyped": ({"FirstName": "Marai"}, True),
    "an initial": ({"FirstName": "M."}, True),
    "no first name": ({"FirstName": None}, False),
    "another first name": ({"FirstName": "Peter"}, False),
    "names swapped": ({"FirstName": "Silva", "LastName": "Maria"}, True),
    "another last name": ({"LastName": "Souza"}, False),
    "other letters": ({"FirstName": "MARIA", "LastName": "silva"}, True),
}


@pytest.mark.parametrize(("changes", "alike"), ALIKE.values(), ids=ALIKE)
def test_what_the_standard_rule_takes_for_one(changes: dict[str, Any], alike: bool) -> None:
    assert bool(confidence(EQUATIONS["standard"], MARIA, MARIA | changes)) is alike


def test_numbers_outside_north_america_are_cut_badly() -> None:
    one, other = ({**MARIA, "Company": None, "Phone": p} for p in ("+49 1234 56789", "0123456789"))
    assert not confidence(EQUATIONS["standard"], one, other)


def test_title_and_company_are_a_group() -> None:
    one = MARIA | {"Title": "CEO", "Phone": None}
    assert confidence(EQUATIONS["standard"], one, one | {"Company": "ACME, Inc."})


def test_an_email_is_enough_where_names_are_missing() -> None:
    one = {"LastName": "Silva", "Email": "m@example.com"}
    assert confidence(EQUATIONS["standard"], one, MARIA | {"Email": "M@example.com"})


EXACT = {
    "name": ({"Phone": None}, {"FirstName": "Marai"}),
    "last name": ({"FirstName": "Peter"}, {"LastName": "Silvas"}),
    "name and company": ({"Phone": None}, {"Company": "Globex"}),
    "phone": ({"LastName": "X", "Phone": "212-555-0101"}, {"Phone": "+1 212 555 0199"}),
}


@pytest.mark.parametrize(("matching", "cases"), EXACT.items(), ids=EXACT)
def test_what_rules_of_an_admin_take_for_one(matching: str, cases: tuple[Any, Any]) -> None:
    same, other = (confidence(EQUATIONS[matching], MARIA, MARIA | change) for change in cases)
    assert (same, other) == (100.0, 0.0)


def test_the_answer_to_a_single_save(org: LocalOrg, api: Api) -> None:
    known = org.add_lead(**MARIA | {"Phone": "+1 212 555 0199"})
    org.add_duplicate_rule()
    answer = api.post("sobjects/Lead", MARIA)
    assert answer.status_code == 400
    url = f"/services/data/v62.0/sobjects/Lead/{known}"
    assert answer.json() == [{
        "errorCode": "DUPLICATES_DETECTED", "message": "Use one of these records?",
        "duplicateResult": {
            "allowSave": True, "duplicateRule": "Standard_Lead_Duplicate_Rule",
            "duplicateRuleEntityType": "Lead", "errorMessage": "Use one of these records?",
            "matchResults": [{
                "entityType": "Lead", "errors": [], "matchEngine": "FuzzyMatchEngine",
                "matchRecords": [{
                    "additionalInformation": [], "fieldDiffs": [], "matchConfidence": 90.0,
                    "record": {"attributes": {"type": "Lead", "url": url}, "Id": known},
                }],
                "rule": "Standard_Lead_Match_Rule_v1_0", "size": 1, "success": True,
            }],
        },
    }]  # fmt: skip


def test_a_composite_part_says_as_much(org: LocalOrg, api: Api) -> None:
    known = org.add_contact(FirstName="Maria", LastName="Silva")
    org.add_duplicate_rule(name="Same_name", matching="name", action="block")
    part = {
        "method": "POST", "url": "/services/data/v62.0/sobjects/Lead", "referenceId": "a",
        "body": MARIA,
    }  # fmt: skip
    [answer] = api.post("composite", {"compositeRequest": [part]}).json()["compositeResponse"]
    result = answer["body"][0]["duplicateResult"]
    assert (result["duplicateRule"], result["allowSave"]) == ("Same_name", False)
    assert result["matchResults"][0]["matchRecords"][0]["record"]["Id"] == known


def test_a_collection_names_nothing(org: LocalOrg, api: Api) -> None:
    org.add_lead(**MARIA)
    org.add_duplicate_rule()
    (outcome,) = api.collection("Lead", [MARIA])
    assert outcome == {"success": False, "errors": [{
        "statusCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", "fields": [],
    }]}  # fmt: skip
    assert api.post("sobjects/Lead", MARIA, headers=ALLOW).status_code == 201


# The rule's action, the header, whether the Lead is saved.
ACTIONS = [
    ("alert", "", False),
    ("alert", "allowSave=true", True),
    ("alert", "runAsCurrentUser=true; AllowSave=TRUE", True),
    ("alert", "allowSave=false", False),
    ("alert", "allowSave=true, includeRecordDetails=true", False),
    ("block", "allowSave=true", False),
    ("report", "", True),
]


@pytest.mark.parametrize(("action", "header", "saved"), ACTIONS)
def test_what_a_rule_does(org: LocalOrg, api: Api, action: str, header: str, saved: bool) -> None:
    org.add_lead(**MARIA)
    org.add_duplicate_rule(action=action)
    headers = {"Sforce-Duplicate-Rule-Header": header} if header else {}
    assert (api.post("sobjects/Lead", MARIA, headers=headers).status_code == 201) is saved
    assert org.count("Lead") == 1 + saved


def test_record_details_are_given_where_asked_for(org: LocalOrg, api: Api) -> None:
    org.add_lead(**MARIA)
    org.add_duplicate_rule(action="block")
    [error] = api.post("sobjects/Lead", MARIA, headers=ALLOW).json()
    [match] = error["duplicateResult"]["matchResults"][0]["matchRecords"]
    assert match["record"]["Phone"] == MARIA["Phone"]


@pytest.mark.parametrize("gone", ["deleted", "converted"])
def test_records_that_are_gone_are_not_compared(org: LocalOrg, api: Api, gone: str) -> None:
    lead = org.add_lead(**MARIA)
    org.add_duplicate_rule(compared=["Lead"])
    if gone == "deleted":
        org.delete(lead)
    else:
        org.convert_lead(lead)
    assert api.post("sobjects/Lead", MARIA).status_code == 201


@pytest.mark.parametrize("enforces", [True, False], ids=["enforces sharing", "bypasses sharing"])
def test_a_record_that_the_user_may_not_see(org: LocalOrg, api: Api, enforces: bool) -> None:
    hidden = org.add_lead(**MARIA)
    org.add_duplicate_rule(enforces_sharing=enforces)
    org.set(private_records=[hidden])
    answer = api.post("sobjects/Lead", MARIA)
    assert (answer.status_code == 201) is enforces
    if not enforces:
        [match] = answer.json()[0]["duplicateResult"]["matchResults"]
        assert (match["matchRecords"], match["size"]) == ([], 0)


def test_an_unseen_record_is_nowhere(org: LocalOrg, api: Api) -> None:
    hidden = org.add_lead(**MARIA)
    org.set(private_records=[hidden])
    assert api.get(f"sobjects/Lead/{hidden}").status_code == 404
    assert api.get("query?q=SELECT Id FROM Lead").json()["records"] == []
    assert api.get("query?q=SELECT COUNT() FROM Lead").json()["totalSize"] == 0
    assert api.refused("Task", WhoId=hidden)["errorCode"] == "INVALID_CROSS_REFERENCE_KEY"


def test_a_rule_is_listed(org: LocalOrg, api: Api) -> None:
    org.add_duplicate_rule()
    [row] = api.get("query?q=SELECT MasterLabel, IsActive FROM DuplicateRule").json()["records"]
    assert (row["MasterLabel"], row["IsActive"]) == ("Standard Lead Duplicate Rule", True)


def test_no_rule_of_an_unknown_kind(org: LocalOrg) -> None:
    with pytest.raises(ValueError, match="no such rule"):
        org.add_duplicate_rule(matching="anything")
