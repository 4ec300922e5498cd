"""Which texts are notices: that a chat is encrypted, that it is a group, that somebody left.

WhatsApp writes them in the phone's language. Of some, only their beginnings or a few of their words
are here; what takes a line from its sender (`is_notice`) needs a whole notice.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, product

from wasf.sources.exports.phrases import (
    CALLS,
    CHAT_NOTICES,
    DELETED,
    GROUP_NOTICES,
    SENDER_NOTICES,
    VIEW_ONCE,
    WAITING,
    WORDS_FOR_GROUP,
    phrases,
)
from wasf.sources.exports.text import EAST_ASIAN, FULL_STOPS, MARKS, fold_phrase, without_marks

ENCRYPTION = phrases("""
الرسائل والمكالمات مشفرة تمامًا بين | মেসেজ এবং কল এন্ড-টু-এন্ড এনক্রিপ্টে |
Els missatges i les trucades estan x | Zprávy a hovory jsou opatřeny koncov |
Beskeder og opkald er end-to-end-kry | Nachrichten und Anrufe sind Ende-zu- |
Τα μηνύματα και οι κλήσεις κρυπτογρα | Messages and calls are end-to-end en |
Los mensajes y las llamadas están ci | پیام‌ها و تماس‌ها سرتاسر رمزگذاری شد |
Viestit ja puhelut salataan täysin. | Les messages et les appels sont chif |
Déantar criptiúchán ó cheann go cean | મેસેજ અને કૉલ શરૂથી અંત સુધી સુરક્ષિ |
ההודעות והשיחות מוצפנות מקצה-לקצה. ל | मैसेजेस और कॉल्स एंड-टू-एंड एन्क्रिप |
Poruke i pozivi zaštićeni su potpuno | Az üzenetek és hívások végpontok köz |
Pesan dan panggilan terenkripsi seca | I messaggi e le chiamate sono critto |
メッセージと通話はエンドツーエンド暗号化されています。チャットの参加者以 |
메시지 및 전화는 종단간 암호화되어 안전합니다. 아무도 엿보거나 |
मेसेजेस आणि कॉल्स एन्ड-टू-एन्ड एन्क् | Mesej dan panggilan disulitkan hujun |
Meldinger og samtaler er ende-til-en | Berichten en gesprekken worden end-t |
Wiadomości i połączenia są w pełni z | As mensagens e as chamadas são prote |
As mensagens e chamadas são encripta | Mesajele și apelurile sunt criptate |
Сообщения и звонки защищены сквозным | Správy a hovory sú zabezpečené šifro |
Meddelanden och samtal är komplett k | ข้อความและการโทรได้รับการเข้ารหัสจาก |
Mesajlar ve aramalar uçtan uca şifre | Повідомлення й дзвінки захищено наск |
میسجز اور کالز اینڈ ٹو اینڈ اینکرپشن | Tin nhắn và cuộc gọi được mã hóa đầu |
訊息和通話經端對端加密。對話以外的任何人 (即使是 WhatsApp) |
消息和通话都进行端到端加密。对话之外的任何人，甚至包含 WhatsApp |
訊息已受端對端加密保護。此對話以外所有人，包括 WhatsApp 在內， |
الرسائل التي ترسلها لنفسك مشفرة تمام | নিজেকে করা মেসেজ এন্ড-টু-এন্ড এনক্রি |
Els missatges a un mateix estan xifr | Zprávy, které odesíláte sobě, jsou o |
Beskeder til dig selv er end-to-end- | Nachrichten an dich selbst sind Ende |
Τα μηνύματα που στέλνετε στον εαυτό | Messages to yourself are end-to-end |
Los mensajes enviados a este mismo n | پیام‌‌های ارسالی به خودتان سرتاسر رم |
Viestit, jotka olet lähettänyt itsel | Les messages que vous recevez sont c |
Déantar criptiú ó cheann go ceann ar | પોતાને કરવામાં આવતા મેસેજ એન્ડ-ટૂ-એન |
ההודעות שנשלחות אל עצמך מוצפנות מקצה | आप जो मैसेजेस खुद को भेजते हैं वे एं |
Poruke upućene vama zaštićene su sve | A magadnak küldött üzenetek végponto |
Pesan kepada diri sendiri terenkrips | I messaggi che ti invii sono crittog |
自分宛てのメッセージはエンドツーエンド暗号化されています。チャットの参加 |
나에게 보내는 메시지는 종단간 암호화되어 안전합니다. 이 채팅에 |
स्वतःला पाठवलेले मेसेजेस एन्ड-टू-एन् | Mesej kepada diri sendiri disulitkan |
Meldinger til deg selv er ende-til-e | Berichten aan uzelf worden end-to-en |
Wiadomości do siebie są w pełni zasz | As mensagens que você envia nesta co |
As mensagens que envia para si são e | Mesajele către dvs. sunt criptate in |
Сообщения для себя защищены сквозным | Správy, ktoré odosielate sebe, sú za |
Meddelanden som du skickar till dig | ข้อความถึงตัวเองได้รับการเข้ารหัสจาก |
Kendinize gönderdiğiniz mesajlar uçt | Повідомлення, надіслані собі, захище |
خود کو کیے گئے میسجز اینڈ ٹو اینڈ ای | Tin nhắn gửi cho chính bạn được mã h |
傳送給自己的訊息會經端對端加密。對話以外的任何人 (即使是 WhatsA |
您发送给自己的消息会进行端到端加密。该对话以外的任何人都无法查看和收听， |
您傳給自己的訊息皆受端對端加密保護。此對話以外的任何人，包括 Whats |
Messages to this chat and calls are | Messages to this group are now secur |
Messages to this group
""")
"""The beginnings of the notice that a chat is encrypted."""

GROUP = phrases("""
created group | created this group | added you | were added | changed the subject | joined using |
changed this group's | changed the group | left the group | security code for this group |
hat die Gruppe | hast die Gruppe | wurdest hinzugefügt | hat dich hinzugefügt | creó el grupo |
te añadió | te agregó | creaste el grupo | a créé le groupe | vous a ajouté | avez créé le groupe |
criou o grupo | criou este grupo | te adicionou | ha creato il gruppo | ti ha aggiunto |
heeft de groep | heeft je toegevoegd | создал группу | создал(-а) группу | grubunu oluşturdu |
to this group are now secured
""")
"""Words of the notices that only groups have."""

_LONGEST_START, _LONGEST_NOTICE = 120, 300
_ENGLISH = "Messages "
_SENDER, _ANYBODY = "%s", "%@"
_QUESTION = ("?", "؟", "？", ";")
_QUOTATION_MARKS = '"“”„«»「」'
_SURE_OF_MARKED = 3
_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))
_ENCRYPTION_STARTS = tuple(map(fold_phrase, ENCRYPTION))


def _fold(text: str) -> str:
    return fold_phrase(text.translate(_QUOTES))


class _Notices:
    """Whole notices. `%@` in one stands for any name, `%s` at its start for the sender."""

    def __init__(self, notices: Sequence[str]) -> None:
        pieces = [_fold(notice.replace(_ANYBODY, "\0")).split("\0") for notice in notices]
        self._fixed = frozenset(one for one, *names in pieces if not names)
        # By the first and last characters, "" for a name there: there are hundreds of them.
        self._with_names: dict[tuple[str, str], list[list[str]]] = {}
        for parts in pieces:
            if len(parts) > 1:
                self._with_names.setdefault((parts[0][:1], parts[-1][-1:]), []).append(parts)

    def has(self, folded: str) -> bool:
        """Return whether a folded text is one of them."""
        ends = product((folded[:1], ""), (folded[-1:], ""))
        near = chain.from_iterable(self._with_names.get(key, ()) for key in ends)
        return folded in self._fixed or any(_fits(folded, parts) for parts in near)


def _of_chat(notices: Sequence[str]) -> _Notices:
    return _Notices([notice for notice in notices if not notice.startswith(_SENDER)])


def _of_sender(notices: Sequence[str]) -> _Notices:
    mine = [notice for notice in notices if notice.startswith(_SENDER)]
    return _Notices([notice.removeprefix(_SENDER) for notice in mine])


_CHAT = _of_chat(CHAT_NOTICES)
_SENDERS = _of_sender(SENDER_NOTICES)
_ANY_SENDER = _Notices([one.replace(_SENDER, _ANYBODY) for one in SENDER_NOTICES])
_GROUP, _GROUP_SENDERS = _of_chat(GROUP_NOTICES), _of_sender(GROUP_NOTICES)
_ANY_GROUP = _Notices([one.replace(_SENDER, _ANYBODY) for one in GROUP_NOTICES])
_BEFORE_COLON = _Notices(
    [one.replace(_SENDER, _ANYBODY).partition(":")[0] for one in GROUP_NOTICES if ":" in one]
)
_MESSAGES = tuple(map(fold_phrase, (*CALLS, *DELETED, *VIEW_ONCE, *WAITING)))
_WORDS_FOR_GROUP = tuple(map(str.casefold, WORDS_FOR_GROUP))
_STARTS = tuple(start for one in CHAT_NOTICES if (start := one.partition(_ANYBODY)[0]))
_ENDS = tuple(
    one.rpartition(_ANYBODY)[2].rstrip(FULL_STOPS)
    for one in CHAT_NOTICES
    if one.startswith(_ANYBODY)
)


def is_encryption_notice(text: str) -> bool:
    """Return whether a text is the notice that a chat is encrypted; most exports begin with it."""
    return _starts_like_encryption(text[:_LONGEST_START])


@lru_cache(512)
def _starts_like_encryption(text: str) -> bool:
    return fold_phrase(text).startswith(_ENCRYPTION_STARTS)


def is_translated_notice(text: str) -> bool:
    """Return whether a text is the encryption notice of an app in another language than English.

    Chinese and Korean do not count: see `date_order`.
    """
    start = without_marks(text[:_LONGEST_START])
    is_other = not start.startswith(_ENGLISH) and not EAST_ASIAN.search(start)
    return is_other and is_encryption_notice(start)


def is_notice(text: str, sender: str, *, is_group: bool) -> bool:
    """Return whether a text with a mark before it is a whole notice, under the name of `sender`.

    Of the encryption notice the beginning is enough: its second sentence changes with the years.
    """
    # A line may be a megabyte, so only short ones are remembered.
    return _may_be_whole(text) and _is_short_notice(text, sender, is_group)


@lru_cache(512)
def _is_short_notice(text: str, sender: str, is_group: bool) -> bool:  # noqa: FBT001 - a fact, no option
    folded, name = _fold(text), _fold(sender)
    if _CHAT.has(folded) or (is_group and _GROUP.has(folded)):
        return True
    if folded.startswith(_ENCRYPTION_STARTS):
        return not folded.endswith(_QUESTION)
    if not name or not folded.startswith(name):
        return False
    done = folded.removeprefix(name).strip()
    return _SENDERS.has(done) or (is_group and _GROUP_SENDERS.has(done))


def is_unmarked_notice(text: str) -> bool:
    """Return whether a text without a mark is a whole notice that no person writes."""
    may_be = text.startswith(_STARTS) or text.rstrip(FULL_STOPS).endswith(_ENDS)
    return may_be and _may_be_whole(text) and _CHAT.has(_fold(text))


def _may_be_whole(text: str) -> bool:
    return len(text) <= _LONGEST_NOTICE and "\n" not in text


def _fits(text: str, parts: Sequence[str]) -> bool:
    """Return whether a text is made of these parts in order, with a name between any two."""
    first, *names = parts
    if not text.startswith(first):
        return False
    if not names:
        return text == first
    at = len(first)
    *middle, last = names
    for part in middle:
        at = text.find(part, at + 1)
        if at < 0:
            return False
        at += len(part)
    return text.endswith(last) and len(text) - len(last) > at - (not last)


def is_chat_notice(text: str) -> bool:
    """Return whether a text is a whole notice that chats of two have, too, whoever is named."""
    if not _may_be_whole(text):
        return False
    folded = _fold(text)
    return folded.startswith(_ENCRYPTION_STARTS) or _CHAT.has(folded) or _ANY_SENDER.has(folded)


def is_group_notice(text: str) -> bool:
    """Return whether a text is a notice that only groups have, whoever is named in it."""
    if has_group_words(text):
        return True
    # Most notices are those of chats, which are found faster than those of groups.
    if not _may_be_whole(text) or is_chat_notice(text):
        return False
    folded = _fold(text)
    return not folded.startswith(_MESSAGES) and _ANY_GROUP.has(folded)


def has_group_words(text: str) -> bool:
    """Return whether a text has words that only the notices of groups have; fast."""
    return any(part in text for part in GROUP)


def begins_group_notice(name: str) -> bool:
    """Return whether what looks like a name before a colon begins a notice that groups have."""
    return _may_be_whole(name) and _BEFORE_COLON.has(_fold(name))


def speaks_of_a_group(text: str, names: Sequence[str]) -> bool:
    """Return whether a notice has the word for a group in some language, but not in these names."""
    shown = text.casefold()
    for name in sorted(names, key=len, reverse=True):
        shown = shown.replace(name.casefold(), "")
    return any(word in shown for word in _WORDS_FOR_GROUP)


def is_part_of_notice(name: str, lines: int) -> bool:
    """Return whether what stands before the colon of so many lines is part of a notice.

    Such as in `Ada changed the subject to "A: b"`.
    """
    if sum(name.count(quote) for quote in _QUOTATION_MARKS) % 2:
        return True
    if name.startswith(MARKS) and lines < _SURE_OF_MARKED:
        return True
    if not name.strip() or begins_group_notice(name):
        return True
    return lines == 1 and has_group_words(name)
