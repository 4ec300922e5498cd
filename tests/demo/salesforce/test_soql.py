"""SOQL: what it finds, what it refuses, and that no text can break out of a literal."""

import re
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api
from wasf.demo.salesforce.calls import RequestRefused
from wasf.demo.salesforce.soql import FieldComparison, ParsedQuery, parse
from wasf.demo.salesforce.storage import Storage, matches, sqlite_pattern

PEOPLE = [
    {"LastName": "Alpha", "Phone": "+44 7700 900123", "NumberOfEmployees": 5,
     "LastModifiedDate": "2026-01-03T00:00:00Z"},
    {"LastName": "alpha", "FirstName": "Éva", "Phone": "100%", "IsUnreadByOwner": True,
     "LastModifiedDate": "2026-01-02T00:00:00Z"},
    {"LastName": "Beta", "FirstName": "O'Neil", "Email": "b@example.com", "NumberOfEmployees": 50,
     "LastModifiedDate": "2026-01-01T00:00:00Z"},
    {"LastName": "Gamma_x", "FirstName": "back\\slash", "Phone": "(0)7700-900123",
     "LastModifiedDate": "2026-01-04T12:30:00Z"},
]  # fmt: skip


@pytest.fixture(scope="module")
def people():
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with LocalOrg.start(clock=lambda: noon) as org:
        org.add_many("Lead", PEOPLE)
        client = Api(org)
        yield client
        client.session.close()


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("LastName = 'ALPHA'", "01"),
        ("LastName != 'alpha'", "23"),
        ("FirstName != 'Éva'", "023"),
        ("FirstName = 'éVA'", "1"),
        ("FirstName LIKE 'ÉV%'", "1"),
        ("FirstName = 'O\\'Neil'", "2"),
        ("FirstName = 'back\\\\slash'", "3"),
        ("Phone LIKE '%7700%900123'", "03"),
        ("Phone LIKE '%\\%'", "1"),
        ("LastName LIKE 'Gamma\\_x'", "3"),
        ("LastName LIKE '_eta'", "2"),
        ("LastName LIKE '%\\\\%'", ""),
        ("FirstName LIKE '%\\\\%'", "3"),
        ("Phone = null", "2"),
        ("Phone != null", "013"),
        ("Email IN ('B@EXAMPLE.COM', 'x@example.com')", "2"),
        ("LastName NOT IN ('alpha', 'beta')", "3"),
        ("FirstName IN ('éva', null)", "01"),
        ("FirstName NOT IN ('éva', null)", "23"),
        ("FirstName NOT IN ('éva')", "023"),
        ("NumberOfEmployees > 5", "2"),
        ("NumberOfEmployees >= 5.0", "02"),
        ("IsUnreadByOwner = true", "1"),
        ("IsUnreadByOwner = FALSE AND (LastName = 'beta' OR LastName = 'alpha')", "02"),
        ("(NOT LastName LIKE 'a%') AND LastName LIKE '%a%'", "23"),
        ("NOT (LastName = 'beta' OR Phone = null)", "013"),
        ("LastModifiedDate > 2026-01-02T00:00:00Z", "03"),
        ("LastModifiedDate >= 2026-01-02T01:00:00+01:00", "013"),
        ("Owner.Email = 'robin@example.com' AND lastname = 'beta'", "2"),
        ("Owner.Name LIKE 'Robin%'", "0123"),
        ("CreatedDate >= TODAY AND CreatedDate < TOMORROW", "0123"),
        ("CreatedDate > LAST_N_DAYS:3 AND CreatedDate > NEXT_N_DAYS:3", ""),
    ],
)
def test_where(people: Api, where: str, found: str) -> None:
    rows = people.query(f"SELECT Phone, LastName, FirstName FROM Lead WHERE {where} ORDER BY Id")
    names = [(each["LastName"], each.get("FirstName")) for each in PEOPLE]
    places = [names.index((row["LastName"], row["FirstName"])) for row in rows]
    assert "".join(map(str, sorted(places))) == found


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("LastName, Id", "0123"),
        ("LastName DESC, Id DESC", "3210"),
        ("FirstName, Id", "0321"),
        ("FirstName NULLS LAST", "3210"),
        ("FirstName DESC NULLS LAST", "1230"),
        ("LastModifiedDate DESC LIMIT 2", "30"),
        ("LastModifiedDate ASC LIMIT 2 OFFSET 1", "10"),
        ("LastModifiedDate ASC LIMIT 99999999999999999999999", "2103"),
        ("Owner.Name DESC, Id LIMIT 1", "0"),
    ],
)
def test_order(people: Api, order: str, found: str) -> None:
    rows = people.query(f"SELECT Id, LastModifiedDate FROM Lead ORDER BY {order}")
    dates = [each["LastModifiedDate"][:10] for each in PEOPLE]
    assert "".join(str(dates.index(row["LastModifiedDate"][:10])) for row in rows) == found


NO_COLUMN = (
    ". If you are attempting to use a custom field, be sure to append the '__c' after the custom "
    "field name. Please reference your WSDL or the describe call for the appropriate names."
)


@pytest.mark.parametrize(
    ("soql", "code", "said"),
    [
        ("SELECT Foo FROM Lead", "INVALID_FIELD",
         (f"\nSELECT Foo FROM Lead\n       ^\nERROR at Row:1:Column:8\n"
         f"No such column 'Foo' on entity 'Lead'{NO_COLUMN}")),
        ("SELECT HomePhone FROM Lead", "INVALID_FIELD", "'HomePhone' on entity 'Lead'"),
        ("SELECT Id FROM Lead WHERE Foo = 1", "INVALID_FIELD", "No such column 'Foo'"),
        ("SELECT Owner.Foo FROM Contact", "INVALID_FIELD", "No such column 'Foo' on entity 'User'"),
        ("SELECT Boss.Name FROM Lead", "INVALID_FIELD", "Didn't understand relationship 'Boss'"),
        ("SELECT Id FROM Task WHERE Description = 'x'", "INVALID_FIELD",
         "field 'Description' can not be filtered in a query call"),
        ("SELECT Id FROM Lead WHERE Description LIKE 'x'", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Lead ORDER BY Description", "INVALID_FIELD",
         "field 'Description' can not be sorted in a query call"),
        ("SELECT Id FROM Nonsense", "INVALID_TYPE", "sObject type 'Nonsense' is not supported."),
        ("SELECT Id FROM Lead WHERE Phone = 5", "INVALID_FIELD",
         ("value of filter criterion for field 'Phone' must be of type string and should be "
         "enclosed in quotes")),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026'", "INVALID_FIELD",
         "must be of type datetime and should not be enclosed in quotes"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "of type datetime"),
        ("SELECT Id FROM Lead WHERE IsConverted = 'true'", "INVALID_FIELD", "of type boolean"),
        ("SELECT Id FROM Lead WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR",
         "invalid ID field: x"),
        ("SELECT Id FROM Lead WHERE Id LIKE '00Q%'", "INVALID_QUERY_FILTER_OPERATOR",
         "invalid operator on id field"),
        ("SELECT Id FROM Lead WHERE IsConverted > true", "INVALID_QUERY_FILTER_OPERATOR", ""),
        ("SELECT Id, Phone, id FROM Lead", "MALFORMED_QUERY", "duplicate field selected: id"),
        ("SELECT Id FRM Lead", "MALFORMED_QUERY", "unexpected token: 'FRM'"),
        ("SELECT FROM Lead", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
        ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY", "unexpected token: <EOF>"),
        ("SELECT Id FROM Lead WHERE Phone = 'x", "MALFORMED_QUERY", "expecting '''"),
        ("SELECT Id FROM Lead WHERE Phone = 'it's'", "MALFORMED_QUERY", ""),
        (r"SELECT Id FROM Lead WHERE Phone = 'a\d'", "MALFORMED_QUERY", r"sequence '\d'"),
        ('SELECT Id FROM Lead WHERE Phone = "x"', "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Lead WHERE Phone = 'a' AND Phone = 'b' OR Phone = 'c'",
         "MALFORMED_QUERY", "unexpected token: 'OR'"),
        ("SELECT Id FROM Lead WHERE Phone IN ()", "MALFORMED_QUERY", "unexpected token: ')'"),
        ("SELECT Id FROM Lead WHERE Phone = 'a' AND NOT Phone = 'b'", "MALFORMED_QUERY", "'NOT'"),
        ("SELECT Id FROM Lead LIMIT x", "MALFORMED_QUERY", "unexpected token: 'x'"),
        ("SELECT Id FROM Lead LIMIT 1; DROP", "MALFORMED_QUERY", "unexpected token: ';'"),
        ("SELECT * FROM Lead", "MALFORMED_QUERY", "unexpected token: '*'"),
        ("SELECT Id FROM Lead WHERE Phone = '" + "x" * 4001 + "'", "MALFORMED_QUERY", "4000"),
        ("SELECT Id FROM Lead WHERE " + "(" * 16 + "Id = null" + ")" * 16,
         "QUERY_TOO_COMPLICATED", ""),
        ("SELECT Id FROM Lead WHERE CreatedDate = LAST_N_DAYS:99999999999", "MALFORMED_QUERY",
         "unexpected token"),
        ("SELECT Id FROM Lead OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
        ("SELECT Id FROM ContentDocumentLink", "MALFORMED_QUERY", "Implementation restriction"),
        ("SELECT Id FROM ContentDocumentLink WHERE ShareType = 'V'", "MALFORMED_QUERY", ""),
    ],
)  # fmt: skip
def test_refused(people: Api, soql: str, code: str, said: str) -> None:
    found, message = people.query_error(soql)
    assert found == code
    assert said in message


def test_long_queries(people: Api) -> None:
    def fits(characters: int) -> int:
        values = ",".join(["'x'"] * (characters // 4))
        soql = f"SELECT Id FROM Lead WHERE Phone IN ({values})"
        return people.get(f"query?q={soql}".replace(" ", "+")).status_code

    assert (fits(15_000), fits(17_000)) == (200, 414)
    long = "SELECT Id FROM Lead WHERE Phone = 'x'" + " " * 100_000
    with pytest.raises(RequestRefused, match="MALFORMED_QUERY"):
        parse(long)


def test_the_deepest_query_allowed(people: Api) -> None:
    inside = " OR ".join(["Phone LIKE '%1%'"] * 400)
    deep = "(NOT " * 14 + f"({inside})" + ")" * 14
    assert len(people.query(f"SELECT Id FROM Lead WHERE {deep}")) == 3


TOO_DEEP = {400} if sys.version_info < (3, 12) else {200, 400}
"""How deep a query may be depends on Python; newer ones go deeper."""


@pytest.mark.parametrize(("count", "depth", "statuses"), [(2_000, 0, {200}), (4_000, 14, TOO_DEEP)])
def test_many_conditions(people: Api, count: int, depth: int, statuses: set[int]) -> None:
    many = " OR ".join(["Phone LIKE '%1%'"] * count)
    many = "(NOT " * depth + f"({many})" + ")" * depth
    request = {"referenceId": "q", "method": "GET",
               "url": f"/services/data/v62.0/query?q=SELECT Id FROM Lead WHERE {many}"}  # fmt: skip
    request["url"] = request["url"].replace("%", "%25")
    (answer,) = people.post("composite", {"compositeRequest": [request]}).json()[
        "compositeResponse"
    ]
    assert answer["httpStatusCode"] in statuses
    if answer["httpStatusCode"] == 200:
        assert answer["body"]["totalSize"] == 3
    else:
        assert answer["body"][0]["errorCode"] == "QUERY_TOO_COMPLICATED"


def test_related_records(people: Api) -> None:
    (row,) = people.query("SELECT LastName, Owner.Name, Owner.Phone FROM Lead LIMIT 1")
    user = people.org.user_id
    url = f"/services/data/v62.0/sobjects/User/{user}"
    assert row["Owner"] == {
        "attributes": {"type": "User", "url": url}, "Name": "Robin Example", "Phone": None,
    }  # fmt: skip
    (row,) = people.query("SELECT ConvertedContact.Name FROM Lead LIMIT 1")
    assert row["ConvertedContact"] is None


def test_count(people: Api) -> None:
    answer = people.get("query", params={"q": "SELECT COUNT() FROM Lead WHERE Phone != null"})
    assert answer.json() == {"totalSize": 3, "done": True, "records": []}


def test_pages(org: LocalOrg, api: Api) -> None:
    org.add_many("Contact", [{"LastName": f"N{n:04}"} for n in range(4_100)])
    path = "query?q=SELECT LastName FROM Contact ORDER BY LastName"
    names, sizes = [], []
    while path:
        page = api.get(path).json()
        sizes.append(len(page["records"]))
        names += [row["LastName"] for row in page["records"]]
        assert page["done"] == ("nextRecordsUrl" not in page)
        path = org.base_url + page["nextRecordsUrl"] if not page["done"] else ""
    assert (sizes, page["totalSize"]) == ([2_000, 2_000, 100], 4_100)
    assert names == [f"N{n:04}" for n in range(4_100)]


@pytest.mark.parametrize(("asked", "given"), [(1, 200), (250, 250), (9_999, 2_000)])
def test_batch_size(org: LocalOrg, api: Api, asked: int, given: int) -> None:
    org.add_many("Contact", [{"LastName": "N"}] * 2_001)
    headers = {"Sforce-Query-Options": f"batchSize={asked}"}
    page = api.get("query?q=SELECT Id FROM Contact", headers=headers).json()
    assert len(page["records"]) == given


def quoted(text: str) -> str:
    plain = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "'" + "".join(plain.get(sign, sign) for sign in text) + "'"


def condition(query: ParsedQuery) -> FieldComparison:
    assert isinstance(query.where, FieldComparison)
    return query.where


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(deadline=None)
@given(TEXTS)
def test_any_text_survives_quoting(text: str) -> None:
    query = parse(f"SELECT Id FROM Lead WHERE Phone = {quoted(text)} LIMIT 1")
    assert condition(query).value.plain == text
    assert query.limit == 1


@settings(deadline=None)
@given(TEXTS, st.text("ab%_\\'é\n", max_size=8))
def test_like_means_what_it_says(text: str, pattern: str) -> None:
    written = quoted(pattern)[1:-1]
    model = "".join(
        ".*" if sign == "%" else "." if sign == "_" else re.escape(sign) for sign in pattern
    )
    wanted = re.fullmatch(model, text, re.DOTALL | re.IGNORECASE) is not None
    assert matches(text, sqlite_pattern(written)) == wanted


@settings(deadline=None)
@given(st.text("ab%_\\é", max_size=8))
def test_escaped_wildcards_stand_for_themselves(text: str) -> None:
    written = re.sub(r"([%_])", r"\\\1", quoted(text)[1:-1])
    assert matches(text, sqlite_pattern(written))
    assert not matches(text + "x", sqlite_pattern(written))


@settings(max_examples=60, deadline=None)
@given(st.text("aA%_\\", max_size=6), st.text("aA%_\\", max_size=5))
def test_sqlite_agrees_with_the_model(scratch, text: str, pattern: str) -> None:
    written = sqlite_pattern(quoted(pattern)[1:-1])
    sql = "SELECT ? LIKE ? ESCAPE '\\'"
    ((found,),) = scratch.tuples(sql, (text, written))
    assert bool(found) == matches(text, written)


@pytest.fixture(scope="module")
def scratch():
    storage = Storage()
    yield storage
    storage.close()


@settings(deadline=None)
@given(st.text("SELECTFROMWHEREIdLead'\\()=,. \n%x1<>!", max_size=60))
def test_nonsense_is_refused_and_nothing_else(text: str) -> None:
    try:
        parse(text)
    except RequestRefused as refused:
        assert refused.errors[0].code == "MALFORMED_QUERY"  # noqa: PT017
