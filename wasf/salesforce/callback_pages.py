"""What the local callback reads and answers: requests as far as it needs them, fixed pages.

No page repeats anything of what was asked, none loads anything, and none is kept by a browser.
"""

import re
from dataclasses import dataclass
from typing import Final

CONNECTED_PATH: Final = "/connected"
FAILED_PATH: Final = "/not-connected"

_REQUEST_LINE: Final = re.compile(r"([A-Z]{1,16}) (/[\x21-\x7e]*) HTTP/1\.[01]")
_STYLE: Final = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem;"
    "color:#16325c;background:#f7f9fb}h1{font-size:1.7rem}"
    "@media(prefers-color-scheme:dark){body{color:#e8eef5;background:#10161d}}"
)
_HEADERS: Final = (
    "Cache-Control: no-store",
    "Referrer-Policy: no-referrer",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    (
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Connection: close",
)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as far as it matters here. `host` is in lower case."""

    method: str
    path: str
    query: str
    host: str

    @classmethod
    def read(cls, head: bytes) -> "Request | None":
        """The request of which this is the head; None if it is none, or names no one host."""
        lines = head.decode("latin-1").split("\r\n")
        line = _REQUEST_LINE.fullmatch(lines[0])
        fields = (each.partition(":") for each in lines[1:])
        hosts = [value.strip().lower() for name, _, value in fields if name.lower() == "host"]
        if line is None or len(hosts) != 1:
            return None
        path, _, query = line[2].partition("?")
        return cls(line[1], path, query, hosts[0])


def _response(status: str, *headers: str, body: bytes = b"") -> bytes:
    length = f"Content-Length: {len(body)}"
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, *_HEADERS, length, "", ""]).encode() + body


def _page(status: str, title: str, text: str, *headers: str) -> bytes:
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1><p>{text}</p></html>"
    )
    kind = "Content-Type: text/html; charset=utf-8"
    return _response(status, kind, *headers, body=body.encode())


def redirect(path: str) -> bytes:
    """To a page whose address holds no code, by GET."""
    return _response("303 See Other", f"Location: {path}")


CONNECTED: Final = _page(
    "200 OK", "Connected", "wasf is connected to Salesforce. You can close this tab."
)
FAILED: Final = _page(
    "200 OK", "Not connected", "The sign-in did not succeed. The terminal says why."
)
FOREIGN: Final = _page(
    "400 Bad Request",
    "Not this sign-in",
    "This page does not belong to the sign-in that is waiting. Use the newest tab, or the address"
    " that the terminal shows.",
)
NOT_FOUND: Final = _page("404 Not Found", "Nothing here", "There is no such page.")
BAD_REQUEST: Final = _page("400 Bad Request", "Not understood", "This is no request for a page.")
WRONG_HOST: Final = _page("403 Forbidden", "Not here", "Only this machine's own name is answered.")
WRONG_METHOD: Final = _page(
    "405 Method Not Allowed", "Not this way", "Pages here can only be looked at.", "Allow: GET"
)
# Browsers may ask before a page in the network leads to this machine; without this permission some
# would not follow Salesforce's redirect. It permits no page to read anything.
PREFLIGHT: Final = _response(
    "204 No Content", "Allow: GET", "Access-Control-Allow-Private-Network: true"
)
