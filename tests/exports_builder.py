"""Renders known messages as WhatsApp's "Export chat" would, in every header shape, for tests."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

MARK = "\u200e"
NARROW = "\u202f"


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a chat, with its local time.

    `file` makes it an attachment and `text` its caption; `notice` a system line; `marked` a body
    that WhatsApp wrote (`image omitted`, a deleted message).
    """

    at: datetime
    author: str
    text: str = ""
    file: str = ""
    notice: bool = False
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """How a phone writes headers.

    `header` has the fields d dd m mm y yy, H HH h hh M S, p (the word for the part of the day), be
    (a Buddhist year) and era (a Japanese one). `order` says which number of the date is which.
    """

    name: str
    header: str
    ios: bool = False
    words: tuple[str, str] = ("AM", "PM")
    digits: str = "0123456789"
    order: str = "dmy"
    newline: str = "\n"
    attached: str = "(file attached)"

    @property
    def seconds(self) -> bool:
        """Whether the header shows seconds."""
        return "{S}" in self.header

    def stamp(self, at: datetime) -> str:
        """The header of a line of that time."""
        fields = {
            "d": f"{at.day}", "dd": f"{at.day:02}", "m": f"{at.month}", "mm": f"{at.month:02}",
            "y": f"{at.year}", "yy": f"{at.year % 100:02}", "be": f"{at.year + 543}",
            "era": f"R{at.year - 2018}" if at.year > 2018 else f"H{at.year - 1988}",
            "H": f"{at.hour}", "HH": f"{at.hour:02}",
            "h": f"{at.hour % 12 or 12}", "hh": f"{at.hour % 12 or 12:02}",
            "M": f"{at.minute:02}", "S": f"{at.second:02}",
            "p": self.words[at.hour >= 12],
        }  # fmt: skip
        fields = {
            key: value if key == "p" else value.translate(str.maketrans("0123456789", self.digits))
            for key, value in fields.items()
        }
        return self.header.format_map(fields)


def _android(name: str, header: str, **more: object) -> Shape:
    return Shape(f"android {name}", header + " - ", **more)  # type: ignore[arg-type]


def _ios(name: str, header: str, **more: object) -> Shape:
    more = {"newline": "\r\n", **more}
    return Shape(f"ios {name}", f"[{header}] ", ios=True, **more)  # type: ignore[arg-type]


ARABIC = "٠١٢٣٤٥٦٧٨٩"
PERSIAN = "۰۱۲۳۴۵۶۷۸۹"
DEVANAGARI = "०१२३४५६७८९"

ANDROID_GB = _android("en-GB", "{dd}/{mm}/{y}, {HH}:{M}")
IOS_DE = _ios("de", "{dd}.{mm}.{yy}, {HH}:{M}:{S}")
IOS_US = _ios("en-US 24 h", "{m}/{d}/{yy}, {HH}:{M}:{S}", order="mdy")

SHAPES: tuple[Shape, ...] = (
    ANDROID_GB,
    IOS_DE,
    IOS_US,
    _android("en-US 24 h", "{m}/{d}/{yy}, {HH}:{M}", order="mdy"),
    _android("en-US 12 h", "{m}/{d}/{yy}, {h}:{M} {p}", order="mdy"),
    _android("en-US 12 h narrow", f"{{m}}/{{d}}/{{yy}}, {{h}}:{{M}}{NARROW}{{p}}", order="mdy"),
    _android("en-AU", f"{{d}}/{{m}}/{{yy}}, {{h}}:{{M}}{NARROW}{{p}}", words=("am", "pm")),
    _android("en-CA", "{y}-{mm}-{dd}, {h}:{M} {p}", words=("a.m.", "p.m."), order="ymd"),
    _android("en-ZA", "{y}/{mm}/{dd}, {h}:{M} {p}", words=("am", "pm"), order="ymd"),
    _android("en-ZA 24 h", "{y}/{mm}/{dd}, {HH}:{M}", order="ymd"),
    _android("de", "{dd}.{mm}.{yy}, {HH}:{M}"),
    _android("de words", "{dd}.{mm}.{yy}, {h}:{M} {p}", words=("vorm.", "nachm.")),
    _android("cs", "{dd}.{mm}.{yy} {HH}:{M}"),
    _android("ru", "{dd}.{mm}.{y}, {HH}:{M}"),
    _android("nl", "{dd}-{mm}-{y} {HH}:{M}"),
    _android("pt-BR", "{dd}/{mm}/{y} {HH}:{M}"),
    _android("fr", "{dd}/{mm}/{y} à {HH}:{M}"),
    _android("fi", "{d}.{m}.{y} klo {H}.{M}"),
    _android("es-AR", "{d}/{m}/{yy} {H}:{M}"),
    _android("es-CO", "{d}/{m}/{y} {h}:{M} {p}", words=("a.\u00a0m.", "p.\u00a0m.")),
    _android("es-PE", "{d}/{m}/{y}, {h}:{M} {p}", words=("a. m.", "p. m.")),
    _android("es narrow", f"{{d}}/{{m}}/{{yy}}, {{h}}:{{M}}{NARROW}{{p}}",
             words=(f"a.{NARROW}m.", f"p.{NARROW}m.")),
    _android("id", "{dd}/{mm}/{yy} {HH}.{M}"),
    _android("sv", "{y}-{mm}-{dd} {HH}:{M}", order="ymd"),
    _android("tr", "{d}.{mm}.{y} {HH}:{M}"),
    _android("he", "{d}.{m}.{y}, {HH}:{M}"),
    _android("fa", "{y}/{m}/{d}،\u200f {H}:{M}", digits=PERSIAN, order="ymd"),
    _android("hu", "{y}. {mm}. {dd}. {H}:{M}", order="ymd"),
    _android("ko", "{y}. {m}. {d}. {p} {h}:{M}", words=("오전", "오후"), order="ymd"),
    _android("ko short", "{yy}. {m}. {d}. {p} {h}:{M}", words=("오전", "오후"), order="ymd"),
    _android("zh-HK", "{d}/{m}/{y} {p}{h}:{M}", words=("上午", "下午")),
    _android("zh-TW", "{y}/{m}/{d} {p}{h}:{M}", words=("上午", "下午"), order="ymd"),
    _android("zh-CN 2016", "{yy}/{m}/{d} {p}{h}:{M}", words=("上午", "下午"), order="ymd"),
    _android("zh-CN 2016 24 h", "{yy}/{m}/{d} {HH}:{M}", order="ymd"),
    _android("sr", "{d}.{m}.{yy}. {HH}:{M}"),
    _android("ja", "{y}/{mm}/{dd} {H}:{M}", order="ymd"),
    _android("bg", f"{{d}}.{{mm}}.{{yy}}{NARROW}г., {{H}}:{{M}}"),
    _android("hr", "{dd}. {mm}. {y}. {HH}:{M}"),
    _android("sk", "{d}. {m}. {y} {H}:{M}"),
    _android("el", f"{{d}}/{{m}}/{{yy}}, {{h}}:{{M}}{NARROW}{{p}}", words=("π.μ.", "μ.μ.")),
    _android("fr-CA", "{y}-{mm}-{dd} {HH} h {M}", order="ymd"),
    _android("mr", "{d}/{m}/{yy}, {h}:{M} {p}", digits=DEVANAGARI),
    _android("eu", "{y}/{m}/{d} ({HH}:{M})", order="ymd"),
    _android("th", "{d}/{m}/{be} {HH}:{M}"),
    _ios("en-US 12 h", "{m}/{d}/{yy}, {h}:{M}:{S} {p}", order="mdy"),
    _ios("en-GB 12 h narrow", f"{{dd}}/{{mm}}/{{y}}, {{h}}:{{M}}:{{S}}{NARROW}{{p}}"),
    _ios("de-CH", "{d}.{m}.{y}, {HH}:{M}:{S}", newline="\n"),
    _ios("y-m-d", "{y}-{mm}-{dd}, {HH}:{M}:{S}", order="ymd"),
    _ios("fi 2019", "{d}.{m}.{y}, {HH}.{M}.{S}"),
    _ios("fi 2022", "{d}.{m}.{y} klo {H}.{M}.{S}"),
    _ios("nl", "{dd}-{mm}-{yy} {HH}:{M}:{S}"),
    _ios("tr", "{d}.{mm}.{y} {HH}:{M}:{S}"),
    _ios("id", "{m}/{d}/{yy} {HH}.{M}.{S}", order="mdy"),
    _ios("vi", "{HH}:{M}:{S}, {m}/{d}/{yy}", order="mdy"),
    _ios("vi d/m", "{HH}:{M}:{S} {d}/{m}/{y}"),
    _ios("ar", "{d}\u200f/{m}\u200f/{y}، {h}:{M}:{S}\u00a0{p}", words=("ص", "م"), digits=ARABIC),
    _ios("ar latin", "\u200f{d}\u200f/{m}\u200f/{y}، {HH}:{M}:{S}"),
    _ios("buddhist", "{m}/{d}/{be} BE, {HH}:{M}:{S}", order="mdy"),
    _ios("reiwa", "{m}/{d}/{era}, {HH}:{M}:{S}", order="mdy"),
    _ios("en-ZA", "{y}/{mm}/{dd}, {HH}:{M}:{S}", order="ymd"),
    _ios("es 12 h", "{dd}/{mm}/{yy} {h}:{M}:{S} {p}", words=("a.m.", "p.m.")),
    _ios("fr-CA", "{y}-{mm}-{dd} {HH} h {M} min {S} s", order="ymd"),
    _ios("zh-Hant", "{y}/{m}/{d} {p}{h}:{M}:{S}", words=("上午", "下午"), order="ymd"),
    Shape("old ios de", "{dd}.{mm}.{yy}, {HH}:{M}:{S}: "),
    Shape("old ios en-US", "{m}/{d}/{yy}, {h}:{M}:{S} {p}: ", order="mdy"),
    Shape("old ios hr", "{d}. {m}. {y}. {HH}:{M}:{S}: "),
    Shape("old ios nl", "{dd}-{mm}-{yy} {HH}:{M}:{S} "),
)  # fmt: skip


def render(messages: Sequence[Said], shape: Shape) -> str:
    """The text of the export, ending in a line end."""
    line = _ios_line if shape.ios else _android_line
    text = "".join(line(said, shape) + "\n" for said in messages)
    return text.replace("\n", shape.newline)


def render_android(messages: Sequence[Said], shape: Shape = ANDROID_GB) -> str:
    """The text of an export from an Android phone."""
    return render(messages, shape)


def render_ios(messages: Sequence[Said], shape: Shape = IOS_DE) -> str:
    """The text of an export from an iPhone."""
    return render(messages, shape)


def _android_line(said: Said, shape: Shape) -> str:
    stamp = shape.stamp(said.at)
    if said.notice:
        return f"{stamp}{said.text}"
    if said.file:
        caption = f"\n{said.text}" if said.text else ""
        return f"{stamp}{said.author}: {MARK}{said.file} {shape.attached}{caption}"
    return f"{stamp}{said.author}: {said.text}"


def _ios_line(said: Said, shape: Shape) -> str:
    stamp = shape.stamp(said.at)
    if said.file:
        return f"{MARK}{stamp}{said.author}: {MARK}<attached: {said.file}>"
    if said.notice:
        return f"{stamp}{said.author}: {MARK}{said.text}"
    if said.marked:
        return f"{MARK}{stamp}{said.author}: {MARK}{said.text}"
    return f"{stamp}{said.author}: {said.text}"


def write_txt(folder: Path, name: str, text: str) -> Path:
    """Write `<name>.txt` byte for byte."""
    path = folder / f"{name}.txt"
    path.write_bytes(text.encode())
    return path


def write_zip(
    folder: Path, name: str, text: str, media: Mapping[str, bytes] | None = None, member: str = ""
) -> Path:
    """Write `<name>.zip` holding `member` (`<name>.txt` as on Android by default) and media."""
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(member or f"{name}.txt", text.encode())
        for key, value in (media or {}).items():
            file.writestr(key, value)
    return path


def write_android(
    folder: Path, title: str, messages: Sequence[Said], shape: Shape = ANDROID_GB
) -> Path:
    """Write `WhatsApp Chat with <title>.txt`."""
    return write_txt(folder, f"WhatsApp Chat with {title}", render_android(messages, shape))


def write_ios(
    folder: Path,
    title: str,
    messages: Sequence[Said],
    shape: Shape = IOS_DE,
    media: Mapping[str, bytes] | None = None,
) -> Path:
    """Write `WhatsApp Chat - <title>.zip` with `_chat.txt` and media."""
    name = f"WhatsApp Chat - {title}"
    return write_zip(folder, name, render_ios(messages, shape), media, member="_chat.txt")
