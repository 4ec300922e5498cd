"""Files: a ContentVersion makes its ContentDocument and the links to its records."""

import hashlib
from collections.abc import Sequence

from wasf.demo.salesforce.errors import ErrorDetail
from wasf.demo.salesforce.org import OrgState
from wasf.demo.salesforce.storage import Row

_TYPES = {
    "jpg": "JPG", "jpeg": "JPG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "pdf": "PDF",
    "mp4": "MP4", "mp3": "MP3", "opus": "UNKNOWN", "txt": "TEXT", "csv": "CSV", "vcf": "VCARD",
    "doc": "WORD", "docx": "WORD_X", "xls": "EXCEL", "xlsx": "EXCEL_X", "zip": "ZIP",
}  # fmt: skip


def complete(org: OrgState, row: Row) -> ErrorDetail | None:
    """Fill in what the platform knows of a new file version: title, type, size and document.

    Return the error if the content or the name is missing.
    """
    lacking = tuple(name for name in ("VersionData", "PathOnClient") if row.get(name) is None)
    if lacking:
        text = f"Required fields are missing: [{', '.join(lacking)}]"
        return ErrorDetail("REQUIRED_FIELD_MISSING", text, lacking)
    name = str(row.get("PathOnClient") or "")
    stem, dot, extension = name.rpartition(".")
    data = row.get("VersionData")
    content = data if isinstance(data, bytes) else b""
    row["Title"] = row.get("Title") or (stem if dot else name)
    row["FileExtension"] = extension.lower() if dot else None
    row["FileType"] = _TYPES.get(extension.lower(), "UNKNOWN") if dot else "UNKNOWN"
    row["ContentSize"] = len(content)
    row["Checksum"] = hashlib.md5(content, usedforsecurity=False).hexdigest()
    row["IsLatest"] = 1
    if not row.get("ContentDocumentId"):
        row["ContentDocumentId"] = org.storage.mint("069", 1)[0]
    return None


def publish(org: OrgState, versions: Sequence[Row]) -> None:
    """Make the documents of new file versions; link them to their owners and first records."""
    for version in versions:
        document = str(version["ContentDocumentId"])
        if org.row(document) is None:
            org.storage.insert("ContentDocument", [_document(version)])
            _link(org, version, str(version["OwnerId"]), "I")
        if place := version.get("FirstPublishLocationId"):
            _link(org, version, str(place), "V")


def _document(version: Row) -> Row:
    shared = (
        "Title", "FileType", "FileExtension", "ContentSize", "OwnerId", "CreatedDate",
        "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp",
    )  # fmt: skip
    row: Row = {name: version[name] for name in shared}
    return row | {"Id": version["ContentDocumentId"], "LatestPublishedVersionId": version["Id"]}


def _link(org: OrgState, version: Row, record: str, share: str) -> None:
    row: Row = {
        "Id": org.storage.mint("06A", 1)[0],
        "LinkedEntityId": record,
        "ContentDocumentId": version["ContentDocumentId"],
        "SystemModstamp": version["SystemModstamp"],
        "ShareType": share,
        "Visibility": "AllUsers",
    }
    org.storage.insert("ContentDocumentLink", [row])
