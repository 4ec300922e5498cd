"""Answers for several requests, or records, in one call are believed only if they fit them."""

import pytest

from wasf.salesforce.api import delete_records, insert_records
from wasf.salesforce.api.composite import (
    composite_body,
    composite_parts,
    read_together,
    run_queries,
)
from wasf.salesforce.api.errors import Execution, RequestFailed
from wasf.salesforce.api.formats import Query


class Asked:
    """Answers composite calls of queries from a function; counts the calls."""

    data_path = "/services/data/v67.0/"

    def __init__(self, answer):
        self.answer = answer
        self.calls = []

    def read(self, path, body=None):
        assert path == "composite"
        asked = [request["url"].split("q=")[1] for request in body["compositeRequest"]]
        self.calls.append(asked)
        return {
            "compositeResponse": [
                {**self.answer(query), "referenceId": f"part{place}"}
                for place, query in enumerate(asked)
            ]
        }


def page(*names):
    return {
        "httpStatusCode": 200,
        "body": {"done": True, "records": [{"Name": name} for name in names]},
    }


def refused(code):
    return {"httpStatusCode": 400, "body": [{"errorCode": code, "message": "canary"}]}


def test_five_queries_go_into_one_call():
    client = Asked(lambda query: page(query))
    rows = run_queries(client, [Query(f"q{number}") for number in range(12)])
    assert [row["Name"] for row in rows] == [f"q{number}" for number in range(12)]
    assert [len(call) for call in client.calls] == [5, 5, 2]


@pytest.mark.parametrize("code", ["QUERY_TOO_COMPLICATED", "QUERY_TIMEOUT"])
def test_a_query_that_is_too_much_is_halved_until_it_is_not(code):
    def answer(query):
        conditions = query.partition("WHERE%20")[2].split("%20OR%20")
        return refused(code) if len(conditions) > 2 else page(*conditions)

    client = Asked(answer)
    rows = run_queries(client, [Query("SELECT", tuple("abcdefgh"))])
    assert sorted(row["Name"] for row in rows) == list("abcdefgh")
    assert len(client.calls) == 3


def test_a_query_that_cannot_be_halved_fails():
    client = Asked(lambda query: refused("QUERY_TOO_COMPLICATED"))
    with pytest.raises(RequestFailed):
        run_queries(client, [Query("SELECT", ("a",))])
    assert len(client.calls) == 1


def test_a_query_that_is_wrong_is_not_asked_again():
    client = Asked(lambda query: refused("MALFORMED_QUERY"))
    with pytest.raises(RequestFailed, match="MALFORMED_QUERY") as caught:
        run_queries(client, [Query("SELECT", ("a", "b"))])
    assert "canary" not in str(caught.value)


WRONG = {
    "a part is missing": {"compositeResponse": [{"referenceId": "part0", "httpStatusCode": 200}]},
    "in another order": {
        "compositeResponse": [
            {"referenceId": "part1", "httpStatusCode": 200},
            {"referenceId": "part0", "httpStatusCode": 200},
        ]
    },
    "without a status": {"compositeResponse": [{"referenceId": "part0"}, {"referenceId": "part1"}]},
    "no list": {"compositeResponse": {}},
    "no object": [],
    "nothing": None,
}


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG)
def test_parts_that_do_not_fit_the_requests(answer):
    with pytest.raises(RequestFailed) as caught:
        composite_parts(answer, 2)
    assert caught.value.execution is Execution.UNKNOWN


PAGES = {
    "no next page": {"done": False, "records": []},
    "a next page elsewhere": {
        "done": False,
        "records": [],
        "nextRecordsUrl": "https://example.com/query/1",
    },
    "rows that are none": {"done": True, "records": [1]},
    "no rows": {"done": True},
}


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES)
def test_pages_that_lead_nowhere(body):
    client = Asked(lambda query: {"httpStatusCode": 200, "body": body})
    with pytest.raises(RequestFailed):
        run_queries(client, [Query("SELECT")])


def test_pages_that_go_round_in_a_circle():
    again = {
        "done": False,
        "records": [],
        "nextRecordsUrl": "/services/data/v67.0/query/01g-2000",
    }

    class Circle(Asked):
        def read(self, path, body=None):
            return again if path.endswith("2000") else super().read(path, body)

    with pytest.raises(RequestFailed, match="nowhere"):
        run_queries(Circle(lambda query: {"httpStatusCode": 200, "body": again}), [Query("S")])


def test_requests_are_independent_of_each_other():
    body = composite_body([{"method": "GET", "url": "/a"}, {"method": "GET", "url": "/b"}])
    assert body["allOrNone"] is False
    assert [one["referenceId"] for one in body["compositeRequest"]] == ["part0", "part1"]


def test_a_part_keeps_its_own_status():
    client = Asked(lambda query: refused("NOT_FOUND") if query == "b" else page("x"))
    good, bad = read_together(client, ["q=a", "q=b"])
    assert good.status == 200
    with pytest.raises(RequestFailed):
        bad.value()


# --- Many records in one call --------------------------------------------------------------------


def test_s25_ids_that_cannot_be_are_not_believed():
    """Rotated ids cannot be told from right ones; one id for two records can."""

    class Told:
        def __init__(self, *ids):
            self.rows = [{"success": True, "id": id_, "errors": []} for id_ in ids]

        def write(self, path, body, headers):
            return self.rows

    for ids in (
        ("00T5e0000000001EAA", "00T5e0000000001"),
        ("00T5e0000000001EAA", "00Q5e0000000001EAA"),
        ("00T5e0000000001EAA", "nothing"),
        ("00T5e0000000001EAA",),
    ):
        with pytest.raises(RequestFailed):
            insert_records(Told(*ids), "Task", [{}, {}])


@pytest.mark.parametrize(
    "rows",
    [[], [{"success": True}, {"success": True}], [{"success": False, "errors": []}]],
    ids=["none", "one too many", "neither deleted nor refused"],
)
def test_deletions_that_are_not_told_are_not_believed(rows):
    class Told:
        def delete(self, path):
            return rows

    with pytest.raises(RequestFailed):
        delete_records(Told(), ["00T5e0000000001EAA"])


@pytest.mark.parametrize("count", [0, 201])
def test_one_call_deletes_1_to_200_records(count):
    with pytest.raises(ValueError, match="1 to 200"):
        delete_records(None, ["00T5e0000000001EAA"] * count)
