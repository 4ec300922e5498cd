"""The ways that a chat can take into Salesforce, each set up in a trial."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from tests.exports_builder import Said, write_android, write_ios
from tests.gates.old_ledgers import begin_with, kept_versions
from tests.gates.trial_run import TOKEN, Trial, Truth

TITLE = "+44 7700 900123"
_START = datetime(2024, 3, 2, 10)
"""So long ago that Salesforce archives the Tasks in the next night."""
LONG = " ".join(["said-7", "x" * 40_000, "said-8", "y" * 30_000, "said-9"])


def some_texts(count: int = 3) -> list[str]:
    """Two that are the same, and in one minute, are among them."""
    return ["said-0 yes", "said-0 yes", *(f"said-{number}" for number in range(1, count - 1))]


def lines_of(texts: Iterable[str], title: str = TITLE) -> list[Said]:
    """A message a minute, but the first two at once."""
    return [
        Said(_START + timedelta(minutes=max(0, place - 1)), title, text)
        for place, text in enumerate(texts)
    ]


def show(trial: Trial, texts: list[str], *, leads: int = 0) -> None:
    """An export with these messages, of which all are to be in the org in the end."""
    path = write_android(trial.folder, TITLE, lines_of(texts))
    trial.arguments = [str(path)]
    trial.truth = Truth(Counter(TOKEN.findall("\n".join(texts))), leads)


def add_contact(trial: Trial) -> None:
    """The record that the chat belongs to."""
    trial.org.add("Contact", FirstName="Ada", LastName="Example", Phone=TITLE)


def _text_file(trial: Trial) -> None:
    add_contact(trial)
    show(trial, some_texts())


def _archive(trial: Trial) -> None:
    add_contact(trial)
    show(trial, some_texts())
    trial.arguments = [str(write_ios(trial.folder, TITLE, lines_of(some_texts())))]


def _grouped(trial: Trial) -> None:
    add_contact(trial)
    show(trial, some_texts(5))
    trial.settings["WASF_FREQUENCY"] = "1h"


def _files(trial: Trial) -> None:
    add_contact(trial)
    said = lines_of(some_texts())
    said += [
        Said(_START + timedelta(hours=1), TITLE, file="00000012-PHOTO-2024-03-02-11-00-00.jpg"),
        Said(_START + timedelta(hours=2), TITLE, file="00000013-PHOTO-2024-03-02-12-00-00.jpg"),
    ]
    media = {one.file: b"\xff\xd8" + one.file.encode() for one in said if one.file}
    trial.arguments = [str(write_ios(trial.folder, TITLE, said, media=media))]
    trial.settings["WASF_ATTACHMENTS"] = "files"
    trial.truth = Truth(Counter(TOKEN.findall("\n".join(some_texts()))), files=2)


def _new_lead(trial: Trial) -> None:
    show(trial, some_texts(), leads=1)


def _namesake(trial: Trial) -> None:
    """A duplicate rule names a stranger, so that the Lead is sent three times (M11)."""
    trial.org.add("Lead", LastName="+447700900123", Phone="+44 7700 900199")
    trial.org.add_duplicate_rule(name="Same_name", matching="last name")
    show(trial, some_texts(), leads=2)


def _reopened_lead(trial: Trial) -> None:
    trial.org.add("Lead", LastName="Example", Phone=TITLE, Status="Closed - Not Converted")
    show(trial, some_texts(), leads=1)


def _long_text(trial: Trial) -> None:
    add_contact(trial)
    show(trial, [*some_texts(), LONG])


def _recovery(trial: Trial) -> None:
    """An earlier run sent its Lead and its Tasks, and heard no answer."""
    _new_lead(trial)
    trial.org.fail("close-after", path="composite/sobjects$", skip=not trial.unique)
    trial.sync()
    trial.org.heal()


def _halved(trial: Trial) -> None:
    """A trigger takes two Tasks at once, so that calls are halved (W7)."""
    add_contact(trial)
    trial.org.add_trigger(most_rows=2)
    show(trial, some_texts(6))


def _many(trial: Trial) -> None:
    """A new Lead, two batches of Tasks, and files."""
    said = lines_of(some_texts(204))
    said += [Said(_START + timedelta(days=1), TITLE, file="00000012-PHOTO-2024-03-03-11-00-00.jpg")]
    media = {one.file: b"\xff\xd8" for one in said if one.file}
    trial.arguments = [str(write_ios(trial.folder, TITLE, said, media=media))]
    trial.settings["WASF_ATTACHMENTS"] = "files"
    trial.truth = Truth(Counter(TOKEN.findall("\n".join(some_texts(204)))), leads=1, files=1)


def _bulk(trial: Trial) -> None:
    """A first call shows that the org takes Tasks; the others go in a job (`bulk.from`)."""
    add_contact(trial)
    trial.org.set(bulk_waits=False)
    trial.settings["WASF_BULK_FROM"] = "201"
    show(trial, some_texts(208))


def _upgrade(trial: Trial) -> None:
    """The first version of wasf was at work here."""
    begin_with(trial, kept_versions()[0])


_US = "Sam Seller"
_EARLIER = "2026-01-05T09:00:00.000+0000"


def _growing(trial: Trial) -> None:
    """The Task of a window is there; a newer export has more messages of the window (T3a)."""
    add_contact(trial)
    trial.settings |= {"WASF_FREQUENCY": "24h", "WASF_GROUP_WRITE": "open"}
    show(trial, some_texts())
    course = trial.sync()
    assert course.code == 0, course.err
    for task in trial.org.rows("Task"):  # long enough ago that a change now has another second
        trial.org.edit(task["Id"], CreatedDate=_EARLIER, LastModifiedDate=_EARLIER)
    show(trial, some_texts(6))


def _opens(trial: Trial) -> None:
    """The chat waits for an answer longer than the setting says, so that a Task is opened."""
    add_contact(trial)
    trial.settings |= {"WASF_REPORT_TASK": "24h", "WASF_ME": _US}
    show(trial, some_texts())
    trial.truth = replace(trial.truth, asking="Not Started")


def _closes(trial: Trial) -> None:
    """That Task is there; a newer export has the answer."""
    _opens(trial)
    _begin(trial, *trial.arguments)
    answered = [*lines_of(some_texts()), Said(_START + timedelta(days=1), _US, "said-9")]
    trial.arguments = [str(write_android(trial.folder, TITLE, answered))]
    said = {**trial.truth.said, "said-9": 1}
    trial.truth = Truth(said, asking="Completed")


PATHS: dict[str, Callable[[Trial], None]] = {
    "txt": _text_file,
    "zip": _archive,
    "grouped": _grouped,
    "files": _files,
    "new-lead": _new_lead,
    "namesake": _namesake,
    "reopened-lead": _reopened_lead,
    "long-text": _long_text,
    "halved": _halved,
    "recovery": _recovery,
    "upgrade": _upgrade,
}
MANY, GROWING, BULK = "many", "growing", "bulk"
ANSWERS = {"answer-opens": _opens, "answer-closes": _closes}

# --- Chats that turn out to be one (I1, I2) ----------------------------------------------------

NAME, MOBILE, NICKNAME = "Ada Example", "+44 7700 900124", "Nickname"
_STRANGER, _STRANGERS_NUMBER = "Ben Sample", "+44 7700 900125"
_TO_ALL = "said-30 to everybody"


def _export(trial: Trial, title: str, texts: list[str]) -> str:
    return str(write_android(trial.folder, title, lines_of(texts, title)))


def _person(trial: Trial, **fields: str) -> str:
    return str(trial.org.add("Contact", FirstName="Ada", LastName="Example", **fields))


def _begin(trial: Trial, *paths: str) -> None:
    """Log what these files show, undisturbed."""
    trial.arguments = list(paths)
    course = trial.sync()
    assert course.code == 0, course.err


def _all_on(trial: Trial, record: str, texts: list[str], leads: int = 0) -> None:
    said = Counter(TOKEN.findall("\n".join(texts)))
    trial.truth = Truth(said, leads, records=dict.fromkeys(said, record))


def _named_first(trial: Trial) -> None:
    """Logged under the name alone; then the number's export comes, and shows more."""
    record = _person(trial, Phone=TITLE)
    _begin(trial, _export(trial, NAME, some_texts()))
    trial.arguments = [_export(trial, TITLE, some_texts(6))]
    _all_on(trial, record, some_texts(6))


def _number_first(trial: Trial) -> None:
    """Logged under the number; then an export under the name alone comes, and shows more."""
    record = _person(trial, Phone=TITLE)
    _begin(trial, _export(trial, TITLE, some_texts()))
    trial.arguments = [_export(trial, NAME, some_texts(6))]
    _all_on(trial, record, some_texts(6))


def _both_at_once(trial: Trial) -> None:
    """A run reads both, and the chat of somebody else who was told the same in one minute."""
    record = _person(trial, Phone=TITLE)
    stranger = str(trial.org.add("Contact", LastName="Sample", Phone=_STRANGERS_NUMBER))
    hers, his = [*some_texts(6), _TO_ALL], [f"said-{n}" for n in range(20, 25)]
    trial.arguments = [
        _export(trial, NAME, some_texts(6)),
        _export(trial, TITLE, hers),
        _export(trial, _STRANGERS_NUMBER, [*his, "said-25", _TO_ALL.replace("30", "31")]),
    ]
    _all_on(trial, record, hers)
    others = [*his, "said-25", "said-31"]
    said = {**trial.truth.said, **dict.fromkeys(others, 1)}
    trial.truth = Truth(said, records={**trial.truth.records, **dict.fromkeys(others, stranger)})


def _waiting_first(trial: Trial) -> None:
    """It waits under a nickname; then the address book says whose it is, and a Lead is there."""
    nick = _export(trial, NICKNAME, some_texts(6))
    number = _export(trial, TITLE, some_texts())
    _begin(trial, nick, number)
    [lead] = trial.org.rows("Lead")
    book = trial.folder / "book.vcf"
    book.write_text(
        f"BEGIN:VCARD\nVERSION:3.0\nFN:{NICKNAME}\nTEL:{TITLE}\nEND:VCARD\n", encoding="utf-8"
    )
    trial.arguments = ["--contacts", str(book)]
    _all_on(trial, str(lead["Id"]), some_texts(6), leads=1)


def _two_numbers(trial: Trial) -> None:
    """One record has two numbers; what came under the name alone is that of one of them."""
    record = _person(trial, Phone=TITLE, MobilePhone=MOBILE)
    mobile = [f"said-{number}" for number in range(20, 24)]
    _begin(trial, _export(trial, NAME, some_texts()), _export(trial, MOBILE, mobile[:2]))
    trial.arguments = [_export(trial, TITLE, some_texts(6)), _export(trial, MOBILE, mobile)]
    _all_on(trial, record, [*some_texts(6), *mobile])


JOINS: dict[str, Callable[[Trial], None]] = {
    "join-named-first": _named_first,
    "join-number-first": _number_first,
    "join-at-once": _both_at_once,
    "join-waiting": _waiting_first,
    "join-two-numbers": _two_numbers,
}


def set_up(path: str, *, unique: bool) -> Trial:
    """A trial of that path, before its first run."""
    trial = Trial(unique)
    (PATHS | JOINS | ANSWERS | {MANY: _many, GROWING: _growing, BULK: _bulk})[path](trial)
    return trial
