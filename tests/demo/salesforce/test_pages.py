"""The org's pages as HTML: what they show, and that nothing shown can break out."""

import base64
import re

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api
from wasf.demo.salesforce import DemoOrg, Shown
from wasf.demo.salesforce.html import tag, with_links

HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(2)>"""


def page(org: LocalOrg, path: str) -> requests.Response:
    return requests.get(org.base_url + path, timeout=10)


def view(org: LocalOrg, record: str, more: str = "") -> str:
    kind = "Lead" if record.startswith("00Q") else "Contact"
    answer = page(org, f"/lightning/r/{kind}/{record}/view{more}")
    assert answer.status_code == 200
    return answer.text


def test_nothing_shown_becomes_markup(org: LocalOrg, api: Api) -> None:
    lead = org.add_lead(LastName=HOSTILE[:80], Company=HOSTILE, Status=HOSTILE,
                        Description=HOSTILE, Phone=HOSTILE[:40])  # fmt: skip
    task = api.create("Task", WhoId=lead, Subject=HOSTILE, Description=HOSTILE)
    api.create("ContentVersion", PathOnClient=HOSTILE, VersionData="eA==",
               FirstPublishLocationId=task)  # fmt: skip
    for text in (view(org, lead), page(org, "/").text):
        assert "<script" not in text
        assert "<img" not in text
        assert "&lt;script&gt;" in text


@pytest.mark.parametrize("path", ["/", "/lightning/r/Lead/nonsense/view", "/nonsense/at/all"])
def test_pages_forbid_themselves_scripts_and_strangers(org: LocalOrg, path: str) -> None:
    answer = page(org, path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert (answer.headers["X-Content-Type-Options"], "script" in policy) == ("nosniff", False)
    outside = re.findall(r'(?:src|href)="((?:https?:)?//[^"]*)"', answer.text)
    assert outside == []


def test_other_names_for_this_machine_are_refused(org: LocalOrg) -> None:
    stranger = requests.get(org.base_url, headers={"Host": "example.com"}, timeout=10)
    assert stranger.status_code == 400
    local = org.base_url.replace("127.0.0.1", "localhost")
    assert requests.get(local, timeout=10).status_code == 200


def test_addresses_in_texts_can_be_clicked(org: LocalOrg) -> None:
    lead = org.add_lead(LastName="x", Description="See (https://wa.me/447700900123).\nBye")
    link = (
        '<a href="https://wa.me/447700900123" target="_blank" rel="noopener noreferrer nofollow">'
        "https://wa.me/447700900123</a>"
    )
    assert f"See ({link}).\nBye" in view(org, lead)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_links_change_no_text(text: str) -> None:
    shown = re.sub(r"</?a[^>]*>", "", with_links(text))
    assert shown == tag("p", text)[3:-4]


@settings(deadline=None)
@given(st.sampled_from(["javascript:alert(1)", "data:text/html,x", "//example.com"]))
def test_only_web_addresses_become_links(address: str) -> None:
    assert "<a" not in with_links(f"see {address}")


def test_home_counts_activities(org: LocalOrg, api: Api) -> None:
    lead, contact = org.add_lead(LastName="Busy"), org.add_contact(LastName="Quiet")
    for _ in range(3):
        api.create("Task", WhoId=lead)
    gone = api.create("Task", WhoId=contact)
    api.call("DELETE", f"sobjects/Task/{gone}")
    rows = re.findall(r"<tr><td.*?</tr>", page(org, "/").text)
    assert [re.findall(r">(\d+)</td></tr>", row) for row in rows] == [["0"], ["3"]]
    assert "Open - Not Contacted" in rows[1]
    assert "Robin Example" in rows[1]


def test_home_shows_more_by_link(org: LocalOrg) -> None:
    org.add_many("Contact", [{"LastName": f"N{n:03}"} for n in range(60)])
    first = page(org, "/").text
    assert (first.count("/lightning/r/Contact/"), "Show more" in first) == (25, True)
    assert page(org, "/?contacts=3").text.count("/lightning/r/Contact/") == 60
    assert page(org, "/?contacts=-1&leads=x").status_code == 200


def test_the_timeline_is_paged_newest_first(org: LocalOrg, api: Api) -> None:
    lead = org.add_lead(LastName="x")
    days = [f"2026-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(120)]
    api.collection("Task", [
        {"WhoId": lead, "Subject": f"s{n:03}", "ActivityDate": day} for n, day in enumerate(days)
    ])  # fmt: skip
    subjects = [re.findall(r">(s\d{3})<", view(org, lead, f"?page={n}")) for n in (1, 2, 3, 4)]
    assert [len(found) for found in subjects] == [50, 50, 20, 0]
    assert [each for found in subjects for each in found] == [
        f"s{n:03}" for n in reversed(range(120))
    ]
    assert "51–100 of 120 activities" in view(org, lead, "?page=2")


def test_of_one_day_the_last_made_comes_first(org: LocalOrg, api: Api) -> None:
    lead = org.add_lead(LastName="x")
    given = [{"WhoId": lead, "Subject": s, "ActivityDate": "2026-03-01"} for s in ("s001", "s002")]
    api.collection("Task", given)
    assert re.findall(r">(s\d{3})<", view(org, lead)) == ["s002", "s001"]


def test_a_long_text_opens_on_demand(org: LocalOrg, api: Api) -> None:
    lead = org.add_lead(LastName="x")
    text = "\n".join(f"line {n}" for n in range(40))
    api.create("Task", WhoId=lead, Description=text)
    shown = view(org, lead)
    assert "<summary>Show all 40 lines</summary>" in shown
    assert text in shown


def test_files_are_downloads(org: LocalOrg, api: Api) -> None:
    lead = org.add_lead(LastName="x")
    task = api.create("Task", WhoId=lead, Subject="photo")
    data = base64.b64encode(b"<script>alert(1)</script>").decode()
    for place, name in ((task, "ü.html"), (lead, "own.pdf")):
        api.create("ContentVersion", PathOnClient=name, VersionData=data,
                   FirstPublishLocationId=place)  # fmt: skip
    text = view(org, lead)
    assert "own.pdf" in text
    addresses = re.findall(r'href="(/file/[^"]*)"[^>]*>(?:(?!</a>).)*<bdi>ü\.html', text)
    (address,) = addresses
    answer = page(org, address)
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%BC.html"


@pytest.mark.parametrize(
    "path",
    ["/lightning/r/Lead/00Q5e0000000zzzEAA/view", "/lightning/r/Task/x/view", "/file/x", "/a/b/c",
     "/file/0685e0000000zzzAAA", "/robots.txt"],
)  # fmt: skip
def test_what_is_not_there(org: LocalOrg, path: str) -> None:
    answer = page(org, path)
    assert (answer.status_code, "Page not found" in answer.text) == (404, True)


def test_deleted_merged_and_short_addresses(org: LocalOrg) -> None:
    master, merged, deleted = (org.add_lead(LastName=name) for name in ("Master", "Two", "Three"))
    org.merge(master, merged)
    org.delete(deleted)
    assert page(org, f"/lightning/r/Lead/{deleted}/view").status_code == 404
    for path in (f"/{master}", f"/{master[:15]}", f"/lightning/r/Lead/{merged}/view"):
        answer = page(org, path)
        assert answer.url == f"{org.base_url}/lightning/r/Lead/{master}/view"
        assert "Master" in answer.text


def test_a_converted_lead_leads_to_its_contact(org: LocalOrg) -> None:
    lead = org.add_lead(LastName="x")
    contact = org.convert_lead(lead)
    text = view(org, lead)
    assert "badge converted" in text
    assert f'href="/lightning/r/Contact/{contact}/view"' in text


def test_a_demo_shows_what_its_sync_did_and_the_report() -> None:
    with DemoOrg() as org:
        new, old = (org.add("Lead", LastName=name, Company="<b>") for name in ("New one", "Old"))
        assert requests.get(f"{org.base_url}/report", timeout=20).status_code == 404
        org.show(Shown({new: "New"}, [("<i>Bia", "its number is not known")], "<p>The report</p>"))
        home = requests.get(org.base_url, timeout=20).text
        assert home.count(">New<") == 1
        assert "&lt;i&gt;Bia" in home
        assert 'href="/report"' in home
        pages = [f"{org.base_url}/lightning/r/Lead/{one}/view" for one in (new, old)]
        assert [requests.get(one, timeout=20).text.count(">New<") for one in pages] == [1, 0]
        report = requests.get(f"{org.base_url}/report", timeout=20)
        assert report.text == "<p>The report</p>"
        assert "style-src 'unsafe-inline'" in report.headers["Content-Security-Policy"]
