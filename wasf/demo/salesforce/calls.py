"""A request as the REST API's resources see it, the records in it, the answer, and refusals.

A request that is refused as a whole raises `RequestRefused`. What is wrong with one record of many
is an `ErrorDetail`, which goes into that record's result.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, unquote

from wasf.demo.salesforce.storage import Row

Json = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
"""Whatever JSON can hold."""


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One error of a request or of one record.

    `status` is the HTTP status if the whole request fails with it. `details` are further keys of
    the answer, for example the result of a duplicate rule.
    """

    code: str
    message: str
    fields: tuple[str, ...] = ()
    status: int = 400
    details: dict[str, Json] = field(default_factory=dict)

    def as_error(self, *, with_fields: bool = False) -> dict[str, Json]:
        """Return the form for a single request: `message`, `errorCode` and, if any, `fields`."""
        body: dict[str, Json] = dict(self.details)
        body |= {"message": self.message, "errorCode": self.code}
        if with_fields or self.fields:
            body["fields"] = list(self.fields)
        return body

    def as_row_error(self) -> dict[str, Json]:
        """Return the form for one record of many: `statusCode`, `message`, `fields`."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}


DELETED = ErrorDetail("ENTITY_IS_DELETED", "entity is deleted", (), 404, {"fields": []})
"""The error for a record that is in the recycle bin."""


class RequestRefused(Exception):
    """The org does not carry out a request, or does not save a record."""

    def __init__(self, *errors: ErrorDetail) -> None:
        super().__init__(", ".join(error.code for error in errors))
        self.errors = errors

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.errors[0].status


def refuse(code: str, message: str, *fields: str, status: int = 400) -> RequestRefused:
    """Return the exception for one error."""
    return RequestRefused(ErrorDetail(code, message, fields, status))


def not_found() -> RequestRefused:
    """Return the refusal of an address that does not exist."""
    return refuse("NOT_FOUND", "The requested resource does not exist", status=404)


def wrong_method(method: str, *allowed: str) -> RequestRefused:
    """Return the refusal of an HTTP method that an address does not have."""
    message = f"HTTP Method '{method}' not allowed. Allowed are {','.join(allowed)}"
    return refuse("METHOD_NOT_ALLOWED", message, status=405)


ROLLED_BACK = ErrorDetail(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using "
    "AllOrNone header",
)


class RecordDraft:
    """A record before it is saved.

    `row` is the whole row as it would be stored, `old` the stored row if the record exists, and
    `given` the names of the fields that the request has values for.
    """

    def __init__(self, old: Row | None = None) -> None:
        self.old = old
        self.row: Row = dict(old or {})
        self.given: frozenset[str] = frozenset()
        self.error: ErrorDetail | None = None
        self.more: tuple[ErrorDetail, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether the record does not exist yet."""
        return self.old is None

    def fail(self, error: ErrorDetail | None) -> None:
        """Note an error; the first one counts, None changes nothing."""
        self.error = self.error or error

    def result(self) -> "SaveResult":
        """Return what became of the record."""
        if self.error is not None:
            return SaveResult(errors=(self.error, *self.more))
        return SaveResult(str(self.row["Id"]), self.is_new)


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """How a request wants its records saved.

    `allow_duplicates` and `duplicate_details` are what Sforce-Duplicate-Rule-Header asks for.
    `errors` are known before the save, by the place of the record in the request.
    """

    all_or_none: bool = False
    auto_assign: bool = True
    allow_duplicates: bool = False
    duplicate_details: bool = False
    errors: Mapping[int, ErrorDetail] = field(default_factory=dict)

    def starting_at(self, first: int) -> "SaveOptions":
        """Return the options for the records from the place `first` on."""
        return replace(self, errors={n - first: e for n, e in self.errors.items() if n >= first})

    def with_errors(self, errors: Mapping[int, ErrorDetail]) -> "SaveOptions":
        """Return the options with further errors."""
        return replace(self, errors={**self.errors, **errors}) if errors else self


@dataclass(frozen=True, slots=True)
class SaveResult:
    """What became of one record: its id, or its errors."""

    id: str | None = None
    created: bool = False
    errors: tuple[ErrorDetail, ...] = ()


def rolled_back(results: Sequence[SaveResult]) -> list[SaveResult]:
    """Return the results of an all-or-none request: if one record failed, none is saved."""
    if all(not result.errors for result in results):
        return list(results)
    return [
        result if result.errors else replace(result, id=None, errors=(ROLLED_BACK,))
        for result in results
    ]


_DATA = re.compile(r"/services/data/v([1-9]\d*)\.0(?:/(.*))?")


@dataclass(frozen=True, slots=True)
class ApiReply:
    """An answer. `body` is JSON, bytes that are sent as they are, or None for no body."""

    status: int
    body: Json | bytes = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A request below /services/data/vXX.0, alone or as a part of a composite one.

    `segments` is the path below the version, `headers` has names in lower case. `errors` are
    errors that its records have before they are saved, by their place in the request.
    """

    method: str
    version: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    base_url: str = ""
    errors: Mapping[int, ErrorDetail] = field(default_factory=dict)

    def json(self) -> dict[str, Json]:
        """Return the body. Raise `RequestRefused` (JSON_PARSER_ERROR) if it is not an object."""
        found = parse_json(self.body)
        if not isinstance(found, dict):
            raise refuse("JSON_PARSER_ERROR", "The HTTP entity body must be a JSON object.")
        return found

    def save_options(self, *, all_or_none: bool = False) -> SaveOptions:
        """Return what the headers say about saving."""
        header = self.headers.get("sforce-duplicate-rule-header", "")
        duplicates = {option.strip().lower() for option in header.split(";")}
        return SaveOptions(
            all_or_none,
            self.headers.get("sforce-auto-assign", "").strip().upper() != "FALSE",
            "allowsave=true" in duplicates,
            "includerecorddetails=true" in duplicates,
            self.errors,
        )


def data_call(
    method: str, target: str, headers: Mapping[str, str], body: bytes, base_url: str = ""
) -> ApiCall:
    """Take a target such as /services/data/v62.0/query?q=... apart.

    Raise `RequestRefused` (404) if it is not below /services/data.
    """
    path, _, query = target.partition("?")
    found = _DATA.fullmatch(path)
    if found is None:
        raise not_found()
    parts = (found[2] or "").rstrip("/").split("/")
    segments = tuple(unquote(part) for part in parts) if parts != [""] else ()
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    return ApiCall(method, f"v{found[1]}.0", segments, pairs, headers, body, base_url)


def parse_json(body: bytes) -> Json:
    """Read strict JSON: UTF-8, no NaN, no raw control characters.

    Raise `RequestRefused` (JSON_PARSER_ERROR) for anything else.
    """
    try:
        parsed: Json = json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        text = (
            f"Unexpected character or end-of-input at [line:1, column:1] ({type(error).__name__})"
        )
        raise refuse("JSON_PARSER_ERROR", text) from None
    return parsed


def _no_constant(name: str) -> Json:
    raise ValueError(name)


def refusal(refused: RequestRefused) -> ApiReply:
    """Return the answer to a request that is refused as a whole."""
    return ApiReply(refused.status, [error.as_error() for error in refused.errors])
