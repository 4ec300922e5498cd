"""One request as the org's resources see it, and the answer that they give."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from wasf.demo.salesforce.errors import Json, Problem, Refused, refuse
from wasf.demo.salesforce.records import SaveOptions
from wasf.demo.salesforce.schema import API_VERSIONS

_DATA = re.compile(r"/services/data/v(\d+)\.0(?:/(.*))?")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `body` None means no body. Bytes are sent as they are."""

    status: int
    body: Json | bytes = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A request below /services/data/vXX.0, alone or as a part of a composite one."""

    method: str
    version: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    base_url: str = ""
    row_faults: Mapping[int, Problem] = field(default_factory=dict)

    def json(self) -> dict[str, Json]:
        """The body as an object. Raises Refused with JSON_PARSER_ERROR."""
        found = parse_json(self.body)
        if not isinstance(found, dict):
            raise refuse("JSON_PARSER_ERROR", "The HTTP entity body must be a JSON object.")
        return found

    def save_options(self, *, all_or_none: bool = False) -> SaveOptions:
        """What the headers say about saving."""
        duplicates = self.headers.get("sforce-duplicate-rule-header", "")
        return SaveOptions(
            all_or_none,
            self.headers.get("sforce-auto-assign", "").strip().upper() != "FALSE",
            "allowsave=true" in duplicates.replace(" ", "").lower(),
            self.row_faults,
        )


def data_call(
    method: str, target: str, headers: Mapping[str, str], body: bytes, base_url: str = ""
) -> Call:
    """Takes apart a target such as /services/data/v62.0/query?q=... Raises Refused (404)."""
    path, _, query = target.partition("?")
    found = _DATA.fullmatch(path)
    if found is None or int(found[1]) not in API_VERSIONS:
        raise not_found()
    parts = (found[2] or "").rstrip("/").split("/")
    segments = tuple(unquote(part) for part in parts) if parts != [""] else ()
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    return Call(method, f"v{found[1]}.0", segments, pairs, headers, body, base_url)


def not_found() -> Refused:
    """What is said of an address that is none."""
    return refuse("NOT_FOUND", "The requested resource does not exist", status=404)


def wrong_method(method: str, *allowed: str) -> Refused:
    """What is said of a method that an address does not know."""
    message = f"HTTP Method '{method}' not allowed. Allowed are {','.join(allowed)}"
    return refuse("METHOD_NOT_ALLOWED", message, status=405)


def parse_json(body: bytes) -> Json:
    """Strict JSON: UTF-8, no NaN, no raw control characters."""
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


def refusal(refused: Refused) -> Reply:
    """The answer to a request that was refused as a whole."""
    return Reply(refused.status, [problem.as_error() for problem in refused.problems])
