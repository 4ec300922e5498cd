"""The words that wasf itself writes into Tasks, in every language of `task.language` (T11).

Every subject of a logged message begins with "WhatsApp", so that list views can filter by it.
`answer` is the subject of a Task that asks for an answer. Times are written as numbers (ISO 8601),
which every language reads. The rules of plurals are those of the CLDR for whole numbers; a test
compares them with Babel, which knows them for all languages but is too large to be installed for
eleven.

Words of a language take different room. Where a text is split must not depend on that, because a
part that is in Salesforce and one that is not must fit together after the setting was changed.
So a text is measured with the widest words of all languages: see the constants `WIDEST_…`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from wasf.core.chats import MessageKind
from wasf.core.policy import Language
from wasf.core.text import utf16_length


class TaskWords(NamedTuple):
    """The words of one language.

    `{time}`, `{name}` (of the person or the group), `{author}`, `{number}` and `{count}` stand for
    values. `messages` has a text for each plural that the language has (see `plural_of`).
    """

    incoming: str
    outgoing: str
    incoming_in_group: str
    outgoing_in_group: str
    chat: str
    colon: str
    messages: Mapping[str, str]
    part: str
    continued: str
    ours: str
    nobody: str
    attachment: str
    empty: str
    media: str
    contact_card: str
    location: str
    poll: str
    call: str
    deleted: str
    edited: str
    view_once: str
    answer: str
    unanswered: str

    def placeholder(self, kind: MessageKind) -> str:
        """Return what stands for a message without a text."""
        return _PLACEHOLDERS[kind](self)


_PLACEHOLDERS: Final[Mapping[MessageKind, Callable[[TaskWords], str]]] = MappingProxyType(
    {
        MessageKind.TEXT: lambda words: words.empty,
        MessageKind.MEDIA: lambda words: words.media,
        MessageKind.CONTACT_CARD: lambda words: words.contact_card,
        MessageKind.LOCATION: lambda words: words.location,
        MessageKind.POLL: lambda words: words.poll,
        MessageKind.CALL: lambda words: words.call,
        MessageKind.DELETED: lambda words: words.deleted,
        MessageKind.EDITED: lambda words: words.edited,
        MessageKind.VIEW_ONCE: lambda words: words.view_once,
        MessageKind.UNKNOWN: lambda words: words.empty,
    }
)


def plural_of(language: Language, count: int) -> str:
    """Return the CLDR's plural category of a whole number below a million."""
    match language:
        case Language.INDONESIAN:
            return "other"
        case Language.RUSSIAN:
            return _russian_plural(count)
        case Language.ARABIC:
            return _arabic_plural(count)
        case Language.HINDI | Language.FRENCH | Language.PORTUGUESE:
            return "one" if count in (0, 1) else "other"
        case _:
            return "one" if count == 1 else "other"


def _russian_plural(count: int) -> str:
    if count % 100 in range(11, 15):
        return "many"
    return {1: "one", 2: "few", 3: "few", 4: "few"}.get(count % 10, "many")


def _arabic_plural(count: int) -> str:
    if count <= 2:
        return ("zero", "one", "two")[count]
    rest = count % 100
    return "few" if 3 <= rest <= 10 else "many" if rest >= 11 else "other"


TASK_WORDS: Final[Mapping[Language, TaskWords]] = MappingProxyType(
    {
        Language.ENGLISH: TaskWords(
            incoming="WhatsApp {time} from {name}",
            outgoing="WhatsApp {time} to {name}",
            incoming_in_group="WhatsApp {time} from {author} in {name}",
            outgoing_in_group="WhatsApp {time} to {name}",
            chat="WhatsApp chat with {name}",
            colon=": ",
            messages={"one": "{count} message", "other": "{count} messages"},
            part="part {number}/{count}",
            continued="continued",
            ours="we",
            nobody="somebody",
            attachment="Attachment: ",
            empty="[empty message]",
            media="[media]",
            contact_card="[contact card]",
            location="[location]",
            poll="[poll]",
            call="[call]",
            deleted="[deleted message]",
            edited="[edited message]",
            view_once="[view-once message]",
            answer="Answer {name}",
            unanswered="WhatsApp: no answer since {time}",
        ),
        Language.HINDI: TaskWords(
            incoming="WhatsApp {time} {name} से",
            outgoing="WhatsApp {time} {name} को",
            incoming_in_group="WhatsApp {time} {name} में {author} से",
            outgoing_in_group="WhatsApp {time} {name} को",
            chat="WhatsApp चैट: {name}",
            colon=": ",
            messages={"one": "{count} संदेश", "other": "{count} संदेश"},
            part="भाग {number}/{count}",
            continued="जारी",
            ours="हम",
            nobody="अज्ञात",
            attachment="संलग्न फ़ाइल: ",
            empty="[खाली संदेश]",
            media="[मीडिया]",
            contact_card="[संपर्क कार्ड]",
            location="[लोकेशन]",
            poll="[पोल]",
            call="[कॉल]",
            deleted="[मिटाया गया संदेश]",
            edited="[बदला गया संदेश]",
            view_once="[एक बार देखने वाला संदेश]",
            answer="{name} को उत्तर दें",
            unanswered="WhatsApp: {time} से उत्तर नहीं दिया गया",
        ),
        Language.SPANISH: TaskWords(
            incoming="WhatsApp {time} de {name}",
            outgoing="WhatsApp {time} para {name}",
            incoming_in_group="WhatsApp {time} de {author} en {name}",
            outgoing_in_group="WhatsApp {time} para {name}",
            chat="WhatsApp: chat con {name}",
            colon=": ",
            messages={"one": "{count} mensaje", "other": "{count} mensajes"},
            part="parte {number}/{count}",
            continued="cont.",
            ours="nosotros",
            nobody="alguien",
            attachment="Archivo adjunto: ",
            empty="[mensaje vacío]",
            media="[archivo multimedia]",
            contact_card="[tarjeta de contacto]",
            location="[ubicación]",
            poll="[encuesta]",
            call="[llamada]",
            deleted="[mensaje eliminado]",
            edited="[mensaje editado]",
            view_once="[mensaje de una sola visualización]",
            answer="Responder a {name}",
            unanswered="WhatsApp: sin respuesta desde {time}",
        ),
        Language.PORTUGUESE: TaskWords(
            incoming="WhatsApp {time} de {name}",
            outgoing="WhatsApp {time} para {name}",
            incoming_in_group="WhatsApp {time} de {author} em {name}",
            outgoing_in_group="WhatsApp {time} para {name}",
            chat="WhatsApp: conversa com {name}",
            colon=": ",
            messages={"one": "{count} mensagem", "other": "{count} mensagens"},
            part="parte {number}/{count}",
            continued="cont.",
            ours="nós",
            nobody="alguém",
            attachment="Anexo: ",
            empty="[mensagem vazia]",
            media="[mídia]",
            contact_card="[cartão de contato]",
            location="[localização]",
            poll="[enquete]",
            call="[ligação]",
            deleted="[mensagem apagada]",
            edited="[mensagem editada]",
            view_once="[mensagem de visualização única]",
            answer="Responder a {name}",
            unanswered="WhatsApp: sem resposta desde {time}",
        ),
        Language.FRENCH: TaskWords(
            incoming="WhatsApp {time} de {name}",
            outgoing="WhatsApp {time} à {name}",
            incoming_in_group="WhatsApp {time} de {author} dans {name}",
            outgoing_in_group="WhatsApp {time} à {name}",
            chat="WhatsApp\N{NO-BREAK SPACE}: discussion avec {name}",
            colon="\N{NO-BREAK SPACE}: ",
            messages={"one": "{count} message", "other": "{count} messages"},
            part="partie {number}/{count}",
            continued="suite",
            ours="nous",
            nobody="quelqu’un",
            attachment="Pièce jointe\N{NO-BREAK SPACE}: ",
            empty="[message vide]",
            media="[média]",
            contact_card="[fiche de contact]",
            location="[localisation]",
            poll="[sondage]",
            call="[appel]",
            deleted="[message supprimé]",
            edited="[message modifié]",
            view_once="[message à vue unique]",
            answer="Répondre à {name}",
            unanswered="WhatsApp\N{NO-BREAK SPACE}: sans réponse depuis {time}",
        ),
        Language.GERMAN: TaskWords(
            incoming="WhatsApp {time} von {name}",
            outgoing="WhatsApp {time} an {name}",
            incoming_in_group="WhatsApp {time} von {author} in {name}",
            outgoing_in_group="WhatsApp {time} an {name}",
            chat="WhatsApp-Chat mit {name}",
            colon=": ",
            messages={"one": "{count} Nachricht", "other": "{count} Nachrichten"},
            part="Teil {number}/{count}",
            continued="Forts.",
            ours="wir",
            nobody="Unbekannt",
            attachment="Anhang: ",
            empty="[leere Nachricht]",
            media="[Medien]",
            contact_card="[Kontaktkarte]",
            location="[Standort]",
            poll="[Umfrage]",
            call="[Anruf]",
            deleted="[gelöschte Nachricht]",
            edited="[bearbeitete Nachricht]",
            view_once="[Nachricht zur einmaligen Ansicht]",
            answer="{name} antworten",
            unanswered="WhatsApp: keine Antwort seit {time}",
        ),
        Language.ITALIAN: TaskWords(
            incoming="WhatsApp {time} da {name}",
            outgoing="WhatsApp {time} a {name}",
            incoming_in_group="WhatsApp {time} da {author} in {name}",
            outgoing_in_group="WhatsApp {time} a {name}",
            chat="WhatsApp: chat con {name}",
            colon=": ",
            messages={"one": "{count} messaggio", "other": "{count} messaggi"},
            part="parte {number}/{count}",
            continued="continua",
            ours="noi",
            nobody="qualcuno",
            attachment="Allegato: ",
            empty="[messaggio vuoto]",
            media="[file multimediale]",
            contact_card="[scheda contatto]",
            location="[posizione]",
            poll="[sondaggio]",
            call="[chiamata]",
            deleted="[messaggio eliminato]",
            edited="[messaggio modificato]",
            view_once="[messaggio visualizzabile una volta]",
            answer="Rispondere a {name}",
            unanswered="WhatsApp: nessuna risposta dal {time}",
        ),
        Language.INDONESIAN: TaskWords(
            incoming="WhatsApp {time} dari {name}",
            outgoing="WhatsApp {time} kepada {name}",
            incoming_in_group="WhatsApp {time} dari {author} di {name}",
            outgoing_in_group="WhatsApp {time} ke {name}",
            chat="WhatsApp: chat dengan {name}",
            colon=": ",
            messages={"other": "{count} pesan"},
            part="bagian {number}/{count}",
            continued="lanjutan",
            ours="kami",
            nobody="seseorang",
            attachment="Lampiran: ",
            empty="[pesan kosong]",
            media="[media]",
            contact_card="[kartu kontak]",
            location="[lokasi]",
            poll="[polling]",
            call="[panggilan]",
            deleted="[pesan dihapus]",
            edited="[pesan diedit]",
            view_once="[pesan sekali lihat]",
            answer="Jawab {name}",
            unanswered="WhatsApp: belum dijawab sejak {time}",
        ),
        Language.ARABIC: TaskWords(
            incoming="WhatsApp {time} من {name}",
            outgoing="WhatsApp {time} إلى {name}",
            incoming_in_group="WhatsApp {time} من {author} في {name}",
            outgoing_in_group="WhatsApp {time} إلى {name}",
            chat="WhatsApp: محادثة مع {name}",
            colon=": ",
            messages={
                "zero": "{count} رسالة",
                "one": "رسالة واحدة",
                "two": "رسالتان",
                "few": "{count} رسائل",
                "many": "{count} رسالة",
                "other": "{count} رسالة",
            },
            part="الجزء {number}/{count}",
            continued="تابع",
            ours="نحن",
            nobody="شخص ما",
            attachment="مرفق: ",
            empty="[رسالة فارغة]",
            media="[وسائط]",
            contact_card="[بطاقة جهة اتصال]",
            location="[موقع]",
            poll="[استطلاع رأي]",
            call="[مكالمة]",
            deleted="[رسالة محذوفة]",
            edited="[رسالة معدّلة]",
            view_once="[رسالة للعرض مرة واحدة]",
            answer="الرد على {name}",
            unanswered="WhatsApp: بلا رد منذ {time}",
        ),
        Language.TURKISH: TaskWords(
            incoming="WhatsApp {time} {name} kişisinden",
            outgoing="WhatsApp {time} {name} kişisine",
            incoming_in_group="WhatsApp {time} {name} grubunda {author} kişisinden",
            outgoing_in_group="WhatsApp {time} {name} grubuna",
            chat="WhatsApp sohbeti: {name}",
            colon=": ",
            messages={"one": "{count} mesaj", "other": "{count} mesaj"},
            part="bölüm {number}/{count}",
            continued="devamı",
            ours="biz",
            nobody="bilinmeyen",
            attachment="Ek: ",
            empty="[boş mesaj]",
            media="[medya]",
            contact_card="[kişi kartı]",
            location="[konum]",
            poll="[anket]",
            call="[arama]",
            deleted="[silinen mesaj]",
            edited="[düzenlenen mesaj]",
            view_once="[tek seferlik mesaj]",
            answer="Yanıtla: {name}",
            unanswered="WhatsApp: {time} tarihinden beri yanıt yok",
        ),
        Language.RUSSIAN: TaskWords(
            incoming="WhatsApp {time} от {name}",
            outgoing="WhatsApp {time} для {name}",
            incoming_in_group="WhatsApp {time} от {author} в {name}",
            outgoing_in_group="WhatsApp {time} в {name}",
            chat="WhatsApp: чат с {name}",
            colon=": ",
            messages={
                "one": "{count} сообщение",
                "few": "{count} сообщения",
                "many": "{count} сообщений",
            },
            part="часть {number}/{count}",
            continued="продолж.",
            ours="мы",
            nobody="кто-то",
            attachment="Вложение: ",
            empty="[пустое сообщение]",
            media="[медиафайл]",
            contact_card="[карточка контакта]",
            location="[местоположение]",
            poll="[опрос]",
            call="[звонок]",
            deleted="[удалённое сообщение]",
            edited="[изменённое сообщение]",
            view_once="[одноразовое сообщение]",
            answer="Ответить: {name}",
            unanswered="WhatsApp: нет ответа с {time}",
        ),
    }
)

WIDEST_SIDE: Final = max(
    utf16_length(word) for words in TASK_WORDS.values() for word in (words.ours, words.nobody)
)
WIDEST_ATTACHMENT: Final = max(utf16_length(words.attachment) for words in TASK_WORDS.values())
WIDEST_CONTINUED: Final = len(" (continued)")
"""Not computed: where texts are split was decided with it, and no language may need more."""

IN_ENGLISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        words.placeholder(kind): TASK_WORDS[Language.ENGLISH].placeholder(kind)
        for words in TASK_WORDS.values()
        for kind in MessageKind
    }
)
"""What stands for a message without a text, in each language -> in English."""

WIDEST_PLACEHOLDER: Final = max(map(utf16_length, IN_ENGLISH))
