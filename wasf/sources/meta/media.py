"""Files of Cloud API messages: Meta gives each for seven days, by an id, to who has a token.

The token is that of a system user, in WASF_META_TOKEN. Without it a file waits, and after the seven
days it is gone. Meta answers with a link that lives for five minutes and needs the token, too; it
is followed to Meta's own servers only.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from wasf.errors import MissingFile, NotConnected, Unreachable, UnreadableFile
from wasf.http import BearerAuth
from wasf.interfaces import HookFile, HookSecrets, Json
from wasf.sources.addresses import may_follow
from wasf.sources.api_client import ApiAnswer, ApiClient, Gone, Refusal, unusable
from wasf.sources.lenient_json import as_object, text

TITLE: Final = "WhatsApp Cloud API"

NAME: Final = "meta"
"""The provider, and what an attachment names as its archive."""

_URL: Final = "https://graph.facebook.com/v23.0"
_URL_VARIABLE: Final = "WASF_META_URL"
_HOSTS: Final = (".fbsbx.com", ".facebook.com", ".fbcdn.net", ".whatsapp.net")
_KEPT: Final = timedelta(days=7)
_GONE: Final = frozenset({400, 404})


def media_place(media_id: str, sent_at: datetime) -> str:
    """Return where a file is, as an attachment keeps it: its id, and when it was sent."""
    return f"{media_id}@{int(sent_at.timestamp())}"


def read_media(secrets: HookSecrets, variable: str, wanted: HookFile) -> bytes:
    """Return a file; `variable` names the token. Raise `UnreadableFile` or `MissingFile`."""
    media_id, _, seconds = wanted.place.partition("@")
    sent_at = datetime.fromtimestamp(int(seconds), UTC)
    if wanted.now - sent_at > _KEPT + timedelta(days=1):
        raise UnreadableFile("Meta keeps a message's file for seven days, and they are over.")
    token = secrets.given(variable)
    if token is None:
        raise MissingFile(f"it is at Meta, and wasf has no token for it: set {variable}")
    given = secrets.given(_URL_VARIABLE)
    url = given.reveal() if given else _URL
    client = ApiClient(TITLE, url, BearerAuth(token.reveal), wanted.limiter, _media)
    try:
        link = text(as_object(client.get(f"/{media_id}")), "url")
    except Gone:
        raise UnreadableFile("Meta does not give a message's file (any more).") from None
    except NotConnected:
        raise MissingFile(f"Meta does not accept the token in {variable}") from None
    except Unreachable:
        raise MissingFile("Meta does not answer") from None
    if not _is_of_meta(link, url):
        raise UnreadableFile("Meta gave no usable link to a message's file.")
    return client.download(link, wanted.largest, with_token=True)


def _is_of_meta(link: str, url: str) -> bool:
    """Return whether a link leads to Meta over TLS, or to the server whose address is `url`."""
    if not may_follow(link, url):
        return False
    host = urlsplit(link).hostname or ""
    return host == urlsplit(url).hostname or f".{host}".endswith(_HOSTS)


def _media(answer: ApiAnswer) -> Json:
    if answer.status == 200 and text(as_object(answer.body), "url"):
        return answer.body
    if answer.status == 401:
        error = NotConnected(f"{TITLE} does not accept the token.", "")
        raise Refusal(error, may_pass=False)
    if answer.status in _GONE:
        raise Refusal(Gone(f"{TITLE} does not know the file."), may_pass=False)
    raise unusable(TITLE, answer)
