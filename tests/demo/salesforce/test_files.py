"""Files: a version, its document, and the links to records."""

import base64

import pytest

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api

LEAD = {"LastName": "Example", "Company": "Example Ltd", "Phone": "+44 7700 900123"}


class TestFiles:
    """A file hangs on a Task by a version, a document and a link."""

    def test_upload(self, org: LocalOrg, api: Api) -> None:
        task = api.create("Task", Subject="x")
        data = base64.b64encode(b"\x00picture\xff").decode()
        version = api.create("ContentVersion", PathOnClient="a b.JPG", VersionData=data,
                             FirstPublishLocationId=task)  # fmt: skip
        (row,) = api.query("SELECT Title, FileType, FileExtension, ContentSize, ContentDocumentId "
                           f"FROM ContentVersion WHERE Id = '{version}'")  # fmt: skip
        assert (row["Title"], row["FileType"], row["FileExtension"], row["ContentSize"]) == (
            "a b", "JPG", "jpg", 9,
        )  # fmt: skip
        (link,) = api.query("SELECT ContentDocumentId, LinkedEntityId, ShareType FROM "
                            f"ContentDocumentLink WHERE LinkedEntityId = '{task}'")  # fmt: skip
        assert link["ContentDocumentId"] == row["ContentDocumentId"]
        assert link["ContentDocumentId"].startswith("069")
        blob = api.get(f"sobjects/ContentVersion/{version}/VersionData")
        assert blob.content == b"\x00picture\xff"

    def test_link_made_by_hand(self, org: LocalOrg, api: Api) -> None:
        lead = org.add_lead(**LEAD)
        version = api.create("ContentVersion", PathOnClient="a.txt", VersionData="eA==")
        document = org.rows("ContentVersion", Id=version)[0]["ContentDocumentId"]
        api.create("ContentDocumentLink", ContentDocumentId=document, LinkedEntityId=lead,
                   ShareType="V")  # fmt: skip
        assert len(org.rows("ContentDocumentLink", LinkedEntityId=lead)) == 1

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"PathOnClient": "x"}, "REQUIRED_FIELD_MISSING"),
            ({"VersionData": "eA=="}, "REQUIRED_FIELD_MISSING"),
            ({"PathOnClient": "x", "VersionData": "no base64!"}, "JSON_PARSER_ERROR"),
            ({"PathOnClient": "x", "VersionData": "eA==",
              "FirstPublishLocationId": "00T5e0000000zzzEAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ],
    )  # fmt: skip
    def test_refused(self, api: Api, body, code) -> None:
        assert api.refused("ContentVersion", **body)["errorCode"] == code
