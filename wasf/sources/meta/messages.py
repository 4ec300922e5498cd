"""Messages of the Cloud API, by their types, the text of each for people (T5, T6), and their files.

What a customer filled in, chose or sent stands in the text, also for types that are not known yet:
a webhook cannot be fetched again. Words that wasf adds stand in brackets. Answers to interactive
messages come in many forms: a button or a line of a list has a title, a form (a WhatsApp Flow, an
address) its answers as JSON in a text; what is not known is shown by the names of its fields.

Meta gives a file for seven days, by an id, to who has a token: that of a system user, in
WASF_META_TOKEN. Without it a file waits, and after the seven days it is gone. Meta answers with a
link that lives for five minutes and needs the token, too; it is followed to Meta's servers only.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from wasf.core.chats import MessageKind
from wasf.errors import MissingFile, NotConnected, Unreachable, UnreadableFile
from wasf.http import BearerAuth
from wasf.interfaces import HookFile, HookSecrets, Json
from wasf.sources.addresses import may_follow
from wasf.sources.api_client import ApiAnswer, ApiClient, Gone, Refusal, unusable
from wasf.sources.lenient_json import (
    Object,
    as_object,
    inner,
    objects,
    one_line,
    parsed,
    text,
    whole_characters,
)
from wasf.sources.whatsapp_bodies import (
    MessageContent,
    file_name,
    joined,
    location,
    reaction,
    vcard_parts,
)


def content_of(shown: Object) -> MessageContent | None:
    """Return the content of a message; None for a reaction that is withdrawn."""
    kind = kind_of(shown)
    reader = _READERS.get(kind)
    if reader is None:
        found: MessageContent | None = _unknown(kind, shown)
    else:
        found = reader((kind not in _WHOLE and inner(shown, kind)) or shown)
    return found and found._replace(text=joined([found.text, *_origin(shown)]))


def kind_of(shown: Object) -> str:
    """Return the type of a message; where it is missing, the one whose content is there."""
    return text(shown, "type") or next((kind for kind in _READERS if inner(shown, kind)), "")


# --- Text and files --------------------------------------------------------------------------


def _text(shown: Object) -> MessageContent:
    return MessageContent(MessageKind.TEXT, text(shown, "body"))


def _file(noun: str) -> Callable[[Object], MessageContent]:
    """Return a reader for files; one without a name is called by `noun` and its type's ending."""

    def read(shown: Object) -> MessageContent:
        what = "voice message" if shown.get("voice") is True else noun
        name = file_name(one_line(text(shown, "filename")), what, text(shown, "mime_type"))
        return MessageContent(MessageKind.MEDIA, text(shown, "caption"), name, text(shown, "id"))

    return read


def _placeholder(_: Object) -> MessageContent:
    return MessageContent(MessageKind.MEDIA, "[a photo or file that WhatsApp no longer has]")


# --- Places, cards, orders ---------------------------------------------------------------------


def _location(shown: Object) -> MessageContent:
    latitude, longitude = shown.get("latitude"), shown.get("longitude")
    return location(text(shown, "name"), text(shown, "address"), latitude, longitude)


def _cards(shown: Object) -> MessageContent:
    return MessageContent(MessageKind.CONTACT_CARD, joined(map(_card, objects(shown, "contacts"))))


def _card(card: Object) -> str:
    parts = [
        text(inner(card, "name"), "formatted_name"),
        *(text(phone, "phone") or text(phone, "wa_id") for phone in objects(card, "phones")),
        text(inner(card, "org"), "company"),
        *(text(email, "email") for email in objects(card, "emails")),
    ]
    return ", ".join(dict.fromkeys(filter(None, [*parts, *vcard_parts(text(card, "vcard"))])))


def _order(shown: Object) -> MessageContent:
    lines = [text(shown, "text")]
    for item in objects(shown, "product_items"):
        price = item.get("item_price")
        amount = str(price) if isinstance(price, float) else text(item, "item_price")
        sum_of_one = f"{amount} {text(item, 'currency')}".strip() if amount else ""
        named = f"{text(item, 'quantity') or 1} x {text(item, 'product_retailer_id')}"
        lines.append(", ".join(filter(None, [named, sum_of_one])))
    return MessageContent(MessageKind.TEXT, joined(lines))


# --- Answers and events ------------------------------------------------------------------------


def _chosen(shown: Object) -> MessageContent:
    return MessageContent(MessageKind.TEXT, _answer_text(shown) or "[no answer]")


def _button(shown: Object) -> MessageContent:
    return MessageContent(MessageKind.TEXT, text(shown, "text") or text(shown, "payload"))


def _reaction(shown: Object) -> MessageContent | None:
    return reaction(text(shown, "emoji"))


def _edit(shown: Object) -> MessageContent | None:
    new = content_of(inner(shown, "message"))
    said = new and f"[edit of an earlier message] {new.text}".rstrip()
    return new and new._replace(kind=MessageKind.EDITED, text=said or "")


def _revoke(_: Object) -> MessageContent:
    return MessageContent(MessageKind.DELETED, "An earlier message was deleted.")


def _welcome(_: Object) -> MessageContent:
    return MessageContent(MessageKind.TEXT, "[opened the chat]")


def _call(shown: Object) -> MessageContent:
    status, seconds = text(shown, "status").lower(), text(shown, "duration")
    said = f"Call ({status})" if status else "Call"
    return MessageContent(MessageKind.CALL, f"{said}: {seconds} s" if seconds else said)


def _system(shown: Object) -> MessageContent:
    """Return a line about the chat that is not known for a notice (T6)."""
    said = text(shown, "body") or text(shown, "type").replace("_", " ")
    return MessageContent(MessageKind.UNKNOWN, f"[{said}]")


def _unsupported(shown: Object) -> MessageContent:
    """Return a message that Meta does not pass on, with what it says of it."""
    said = inner(shown, "unsupported")
    kind = text(said, "type").replace("_", " ")
    reasons = [kind, *map(error_text, (*objects(shown, "errors"), *objects(said, "errors")))]
    told = one_line(", ".join(dict.fromkeys(filter(None, reasons))))
    why = f": {told}" if told else ""
    return MessageContent(MessageKind.UNKNOWN, f"[WhatsApp does not pass this message on{why}]")


def _unknown(kind: str, shown: Object) -> MessageContent:
    """Return a message of a type that is not known: its type, and what can be read of it."""
    content = inner(shown, kind)
    file = _file("file")(content) if text(content, "mime_type") else None
    name = one_line(kind).replace("_", " ") or "a message that WhatsApp does not pass on"
    lines = (
        [f"[{name}]", *_field_lines(dict(content))] if file is None else [f"[{name}]", file.text]
    )
    found = MessageContent(MessageKind.UNKNOWN, joined(lines))
    return found if file is None else found._replace(file=file.file, file_id=file.file_id)


def error_text(error: Object) -> str:
    """Return the reason that an error of Meta's gives, in its own words."""
    details = text(inner(error, "error_data"), "details")
    return details or text(error, "title") or text(error, "message")


# --- Answers ----------------------------------------------------------------------------------


_NOT_ANSWERS: Final = frozenset({"flow_token", "saved_address_id"})
_DEEPEST: Final = 8


def _answer_text(shown: Object) -> str:
    """Return what an interactive message says, "" if it says nothing."""
    kind = text(shown, "type")
    reply = inner(shown, kind) or inner(shown, "nfm_reply")
    reader = _ANSWERS.get(kind)
    if reader is not None:
        lines = reader(reply)
    elif "response_json" in reply:
        lines = _form(reply)
    else:
        lines = _titled(reply) or [f"[{kind.replace('_', ' ')}]", *_field_lines(dict(reply))]
    return "\n".join(filter(None, lines)) if reply else ""


def _field_lines(value: Json, name: str = "", depth: int = 0) -> list[str]:
    """Return a line `name: value` for each field of a value; lists of plain values are one line."""
    if depth > _DEEPEST:
        return [f"{name}: …"]
    if isinstance(value, dict):
        fields = ((key, one) for key, one in value.items() if key not in _NOT_ANSWERS)
        found = (_field_lines(one, whole_characters(key), depth + 1) for key, one in fields)
        return [line for lines in found for line in lines]
    if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        return [line for one in value for line in _field_lines(one, name, depth + 1)]
    shown = ", ".join(map(_value_text, value)) if isinstance(value, list) else _value_text(value)
    return [f"{name}: {shown}" if name else shown]


def _value_text(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else whole_characters(str(value))


def _form(reply: Object) -> list[str]:
    """Return the answers of a form; what is no JSON object is shown as it came."""
    written, said = text(reply, "response_json"), text(reply, "body")
    found = dict(as_object(parsed(written)))
    answers = _field_lines(found) if found else [written]
    if text(reply, "name") == "flow" or not said:
        return ["[answers to a form]", *answers]
    return [said, *answers]


def _titled(reply: Object) -> list[str]:
    return [text(reply, name) for name in ("title", "description", "body") if text(reply, name)]


def _payment(reply: Object) -> list[str]:
    method, reference = text(reply, "payment_method"), text(reply, "reference_id")
    named = [f"[payment method chosen: {method}", f"reference {reference}" if reference else ""]
    return [", ".join(filter(None, named)) + "]"]


def _permission(reply: Object) -> Iterator[str]:
    response = text(reply, "response")
    known = {"accept": "[allows us to call]", "reject": "[does not allow us to call]"}
    yield known.get(response) or f"[answers to a request to call: {response}]"


_ANSWERS: Final = {"payment_method": _payment, "call_permission_reply": _permission}


# --- Around the content ------------------------------------------------------------------------


def _origin(shown: Object) -> Iterator[str]:
    """Yield what brought the customer: an ad, or a product; and that ours was not delivered."""
    ad = inner(shown, "referral")
    if ad:
        source = text(ad, "source_type") or "ad"
        words = [text(ad, name) for name in ("headline", "body", "source_url")]
        yield f"[came from an {source}: {one_line(', '.join(filter(None, words)))}]"
    product = inner(inner(shown, "context"), "referred_product")
    if number := text(product, "product_retailer_id"):
        yield f"[about the product {one_line(number)}]"
    if shown.get("not_delivered") is True:
        yield "[not delivered: failed]"


_READERS: Final[dict[str, Callable[[Object], MessageContent | None]]] = {
    "text": _text,
    **{noun: _file(noun) for noun in ("image", "video", "audio", "document", "sticker")},
    "voice": _file("voice message"),
    "media_placeholder": _placeholder,
    "location": _location,
    "contacts": _cards,
    "interactive": _chosen,
    "button": _button,
    "reaction": _reaction,
    "order": _order,
    "edit": _edit,
    "revoke": _revoke,
    "request_welcome": _welcome,
    "system": _system,
    "unsupported": _unsupported,
    "call": _call,
}
"""Type of message -> reads the object of that name, or the whole message where there is none."""

_WHOLE: Final = frozenset({"unsupported"})


# --- Files -------------------------------------------------------------------------------------

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
