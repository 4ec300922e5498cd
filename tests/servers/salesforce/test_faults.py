"""Every fault that can be ordered, as a client meets it, and whether the request took effect."""

import socket
import threading
import time

import pytest
import requests

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api

LEAD = {"LastName": "Example", "Company": "Example Ltd"}


def send(api: Api) -> requests.Response:
    return api.post("sobjects/Lead", LEAD, timeout=2, allow_redirects=False)


@pytest.mark.parametrize(
    ("kind", "error", "committed"),
    [
        ("S2", "reset", 0),
        ("S3", "reset", 1),
        ("S4", "reset", 1),
        ("S5", "without response", 1),
        ("S7", "prematurely", 1),
    ],
)
def test_broken_connections(org: LocalOrg, api: Api, kind, error, committed) -> None:
    org.fail(kind)
    with pytest.raises(requests.exceptions.RequestException, match=error):
        send(api)
    assert org.count("Lead") == committed
    assert send(api).status_code == 201


@pytest.mark.parametrize(
    ("kind", "status", "words", "committed"),
    [
        ("S12", 200, "<html>", 0),
        ("S13", 200, "<html>", 1),
        ("S14", 302, "", 0),
        ("S15", 401, "INVALID_SESSION_ID", 0),
        ("S17", 401, "<html>", 0),
        ("S18", 403, "REQUEST_LIMIT_EXCEEDED", 0),
        ("S19", 429, "Too many requests", 0),
        ("S20", 500, "UNKNOWN_EXCEPTION", 0),
        ("S21", 502, "<html>", 1),
        ("S22", 503, "<html>", 0),
        ("S26", 300, "/services/data/v62.0/sobjects/Task/", 0),
        ("S30", 404, "NOT_FOUND", 0),
        ("S32", 410, "GONE", 0),
        ("other-ids", 201, "00T5e0000000zzzEAA", 1),
        ("nan", 201, "NaN", 1),
    ],
)
def test_other_answers(org: LocalOrg, api: Api, kind, status, words, committed) -> None:
    org.fail(kind)
    answer = send(api)
    assert (answer.status_code, org.count("Lead")) == (status, committed)
    assert words in answer.text
    assert send(api).status_code == 201


def test_refused_connections(org: LocalOrg, api: Api) -> None:
    org.fail("S1", seconds=30)
    with pytest.raises(requests.exceptions.ConnectionError):
        send(api)
    port = int(org.base_url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass


def test_a_port_that_is_shut_stays_taken(org: LocalOrg) -> None:
    """Or somebody else might get it, and answer."""
    org.refuse_connections(30)
    port = int(org.base_url.rpartition(":")[2])
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))


def test_the_port_opens_again(org: LocalOrg, api: Api) -> None:
    org.refuse_connections(0.01)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            assert send(api).status_code == 201
            return
        except requests.exceptions.ConnectionError:
            continue
    pytest.fail("the port stayed shut")


@pytest.mark.parametrize(("kind", "committed"), [("S9", 0), ("S10", 1), ("S8", 1)])
def test_answers_that_do_not_come_in_time(org: LocalOrg, api: Api, kind, committed) -> None:
    org.fail(kind)
    with pytest.raises(requests.exceptions.RequestException, match="timed out"):
        api.post("sobjects/Lead", LEAD, timeout=0.2)
    until = time.monotonic() + 5
    while org.count("Lead") < committed and time.monotonic() < until:
        continue
    assert org.count("Lead") == committed


def test_a_late_commit(org: LocalOrg, api: Api) -> None:
    org.fail("S11", seconds=0.5)
    with pytest.raises(requests.exceptions.ConnectionError):
        send(api)
    before = org.count("Lead")
    until = time.monotonic() + 5
    while org.count("Lead") == 0 and time.monotonic() < until:
        api.get("sobjects")
    assert (before, org.count("Lead")) == (0, 1)


def test_a_late_commit_that_is_held_until_it_is_let_go(org: LocalOrg, api: Api) -> None:
    org.fail("S11", held=True)
    with pytest.raises(requests.exceptions.ConnectionError):
        send(api)
    assert send(api).status_code == 201
    assert org.count("Lead") == 1
    assert (org.land(), org.count("Lead"), org.land()) == (1, 2, 0)


def test_who_goes_away_in_the_middle_of_a_request_is_no_error_here(
    org: LocalOrg, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    port = int(org.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 5) as half:
        half.sendall(b"POST /services/data/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
    assert send(api).status_code == 201
    org.stop()
    assert not caplog.records


def test_truncated_json_looks_whole(org: LocalOrg, api: Api) -> None:
    org.fail("S6")
    answer = send(api)
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize(("wait", "header"), [(None, None), (7, "7")])
def test_retry_after(org: LocalOrg, api: Api, wait, header) -> None:
    org.fail("S19", retry_after=wait)
    assert send(api).headers.get("Retry-After") == header


def test_wrong_charset_and_bom(org: LocalOrg, api: Api) -> None:
    record = org.add_lead(LastName="Éxample")
    org.fail("wrong-charset")
    assert "Ã\x89xample" in api.get(f"sobjects/Lead/{record}").text
    org.fail("bom")
    assert api.get(f"sobjects/Lead/{record}").content.startswith(b"\xef\xbb\xbf{")


def test_huge_answers(org: LocalOrg, api: Api) -> None:
    org.fail("S28", megabytes=3)
    assert len(api.get("sobjects").content) == (3 << 20) + 2
    org.fail("S29", megabytes=3)
    with api.get("sobjects", stream=True) as answer:
        assert int(answer.headers["Content-Length"]) < 10_000
        assert len(answer.content) == (3 << 20) + 2


class TestRows:
    """Faults inside a collection's answer."""

    def test_some_rows_fail(self, org: LocalOrg, api: Api) -> None:
        org.fail("S23", rows=[0, 2], code="UNABLE_TO_LOCK_ROW")
        outcomes = api.collection("Lead", [LEAD] * 3)
        assert [outcome["success"] for outcome in outcomes] == [False, True, False]
        assert outcomes[0]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
        assert org.count("Lead") == 1

    def test_rows_of_several_types(self, org: LocalOrg, api: Api) -> None:
        org.fail("S23", rows=[1], code="DUPLICATE_VALUE", message="in this org")
        given = [{"attributes": {"type": name}, **LEAD} for name in ("Contact", "Lead", "Lead")]
        for record in given[:1]:
            del record["Company"]
        outcomes = api.post("composite/sobjects", {"records": given}).json()
        assert [outcome["success"] for outcome in outcomes] == [True, False, True]
        assert outcomes[1]["errors"][0]["message"] == "in this org"

    def test_fewer_results(self, org: LocalOrg, api: Api) -> None:
        org.fail("S24")
        assert len(api.collection("Lead", [LEAD] * 3)) == 2
        assert org.count("Lead") == 3

    def test_results_for_other_ids(self, org: LocalOrg, api: Api) -> None:
        org.fail("S25")
        answered = [outcome["id"] for outcome in api.collection("Lead", [LEAD] * 3)]
        one, two, three = (row["Id"] for row in org.rows("Lead"))
        assert answered == [two, three, one]


class TestMatching:
    """Which request is meant."""

    def statuses(self, api: Api, *paths: str) -> list[int]:
        return [api.get(path).status_code for path in paths]

    def test_by_number(self, org: LocalOrg, api: Api) -> None:
        org.fail("S20", number=2)
        assert self.statuses(api, "sobjects", "sobjects", "sobjects") == [200, 500, 200]

    def test_by_path_and_method(self, org: LocalOrg, api: Api) -> None:
        org.fail("S20", path=r"/limits$", method="GET")
        assert self.statuses(api, "sobjects", "limits", "limits") == [200, 500, 200]

    def test_skip_and_times(self, org: LocalOrg, api: Api) -> None:
        org.fail("S20", skip=1, times=2)
        assert self.statuses(api, *["sobjects"] * 4) == [200, 500, 500, 200]

    def test_for_ever_until_healed(self, org: LocalOrg, api: Api) -> None:
        org.fail("S16", times=0)
        assert self.statuses(api, *["sobjects"] * 3) == [401] * 3
        org.heal()
        assert self.statuses(api, "sobjects") == [200]

    def test_one_after_the_other(self, org: LocalOrg, api: Api) -> None:
        org.fail("S20")
        org.fail("S21", status=504)
        assert self.statuses(api, *["sobjects"] * 3) == [500, 504, 200]


def test_latency_holds_up_nobody_else(org: LocalOrg, api: Api) -> None:
    org.latency(60_000)

    def wait_in_vain() -> None:
        with pytest.raises(requests.exceptions.ConnectionError):
            api.get("limits")

    slow = threading.Thread(target=wait_in_vain)
    slow.start()
    until = time.monotonic() + 10
    while not org.requests and time.monotonic() < until:
        pass
    org.latency(0)
    with requests.get(f"{org.base_url}/services/data", timeout=10) as quick:
        assert quick.status_code == 200
    assert [(seen.path[-6:], seen.status) for seen in org.requests] == [
        ("limits", 0), ("s/data", 200),
    ]  # fmt: skip
    org.stop()
    slow.join(10)
    assert not slow.is_alive()
