"""Answers are read only as far as their shape is right; errors are found in all their forms."""

import json
from pathlib import Path

import pytest

from wasf.core.records import RecordType
from wasf.salesforce.api import json as answers
from wasf.salesforce.api.errors import Execution, RequestFailed, failure
from wasf.salesforce.api.json import full_id

RECORDED = Path(__file__).parents[3] / "shared/reference/salesforce-recorded"

REFUSED = {
    "cut": b'[{"id": "00T',
    "Latin-1": '["é"]'.encode("latin-1"),
    "byte order mark": b'\xef\xbb\xbf["a"]',
    "NaN": b"[NaN]",
    "infinity": b"[-Infinity]",
    "a page": b"<html></html>",
    "empty": b"",
    "nested without end": b"[" * 100_000,
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_no_json(body):
    with pytest.raises(ValueError):
        answers.parsed(body)


SHAPES = {
    "object": lambda: answers.as_object([], "it"),
    "list": lambda: answers.as_list({}, "it"),
    "objects": lambda: list(answers.objects([1], "it")),
    "text": lambda: answers.text({"Name": 1}, "Name"),
    "id": lambda: answers.record_id({"Id": "short"}, "Id"),
    "no id": lambda: answers.record_id({}, "Id"),
}


@pytest.mark.parametrize("read", SHAPES.values(), ids=SHAPES)
def test_a_wrong_shape_leaves_the_outcome_unknown(read):
    with pytest.raises(RequestFailed) as caught:
        read()
    assert caught.value.execution is Execution.UNKNOWN


DUPLICATE = {
    "duplicateResut": {
        "matchResults": [
            {"matchRecords": [{"record": {"Id": "0035e0000000001AAA"}}, {"record": {}}]},
            {"matchRecords": [{"record": {"Id": "0035e0000000001"}}]},
            {"matchRecords": [{"record": {"Id": "0015e0000000001AAA"}}]},
            {"matchRecords": [{"record": {"Id": "00Q5e0000000001AAA"}}]},
        ]
    },
    "errorCode": "DUPLICATES_DETECTED",
    "message": "Use one of these records?",
}


def test_duplicates_are_those_that_a_chat_can_belong_to():
    [error] = answers.errors_in([DUPLICATE])
    assert error.duplicates == (
        (RecordType.CONTACT, full_id("0035e0000000001AAA")),
        (RecordType.LEAD, full_id("00Q5e0000000001AAA")),
    )


def test_what_salesforce_said_does_not_show():
    [error] = answers.errors_in([{"errorCode": "STRING_TOO_LONG", "message": "canary"}])
    assert "canary" not in repr(error)
    assert "canary" not in str(failure(400, (error,)))


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recordings are not here")
def test_every_recorded_error_is_read():
    recorded = json.loads((RECORDED / "public-code/errors.json").read_text())
    for one in recorded:
        body = one.get("body")
        named = isinstance(body, dict) or (isinstance(body, list) and "errorCode" in str(body))
        if named and "errorCode" in body[0] if isinstance(body, list) else named:
            assert answers.errors_in(body)[0].code.isupper()


IDS = {
    "15 become 18": ("001D000000IRFma", "001D000000IRFmaIAH"),
    "18 stay": ("001D000000IRFmaIAH", "001D000000IRFmaIAH"),
    "too short": ("001D000000IRFm", None),
    "other signs": ("001D000000IRF/a", None),
    "empty": ("", None),
}


@pytest.mark.parametrize(("given", "whole"), IDS.values(), ids=IDS)
def test_full_id(given, whole):
    assert full_id(given) == whole
