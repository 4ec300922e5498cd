"""One request as the resources of the REST API see it, and the answer that they give."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from wasf.demo.salesforce.drafts import SaveOptions
from wasf.demo.salesforce.errors import ErrorDetail, Json, RequestRefused, not_found, refuse

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
