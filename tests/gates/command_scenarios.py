"""Commands by which a person takes back and looks after, each set up in a trial, to be killed.

Whatever step a command is killed at: called again it completes, the same holds as if it had never
been killed, and the next syncs lose nothing and write nothing twice.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import NamedTuple

from tests.exports_builder import Said, write_android
from tests.gates.parallel import Tally
from tests.gates.sync_scenarios import (
    LONG,
    NAME,
    NICKNAME,
    TITLE,
    add_contact,
    lines_of,
    show,
    some_texts,
)
from tests.gates.trial_run import TOKEN, Trial, Truth, Wrong
from wasf.errors import ExitCode
from wasf.interfaces import Received
from wasf.salesforce import MESSAGE_FIELDS
from wasf.store.ledger import WebhookInbox

KILLED = -9
MINUTE = 60.0


class Deed(NamedTuple):
    """A command: what was there before, its words, and what has to hold once it has ended."""

    before: Callable[[Trial], None]
    words: tuple[str, ...]
    after: Callable[[Trial], None]


# --- What they begin with, and what has to hold ------------------------------------------------


def _ensure(holds: object, what: str) -> None:
    if not holds:
        raise Wrong(what)


def _run(trial: Trial, *words: str) -> dict[str, object]:
    course = trial.run(*words, "--json")
    _ensure(course.code == 0, f"{words[0]} ended with {course.code}: {course.err}")
    told = json.loads(course.out)
    assert isinstance(told, dict)
    return told


def _sync(trial: Trial) -> None:
    course = trial.sync()
    _ensure(course.code == 0, f"the sync ended with {course.code}: {course.err}")


def _wrote_nothing(trial: Trial, what: str) -> None:
    there = trial.there()
    _sync(trial)
    _ensure(trial.there() == there, f"doubled: a sync wrote again {what}")


def _traces(trial: Trial, words: Iterable[str]) -> list[str]:
    found = [path.read_bytes() for path in trial.home.rglob("*") if path.is_file()]
    return [word for word in words if any(word.encode() in content for content in found)]


def _two_runs(trial: Trial) -> None:
    """The second one is to be taken back; the Lead is the first one's."""
    show(trial, some_texts(), leads=1)
    _sync(trial)
    show(trial, [*some_texts(6), LONG], leads=1)
    _sync(trial)


def _second_run_is_undone(trial: Trial) -> None:
    first = Counter(TOKEN.findall("\n".join(some_texts())))
    _ensure(trial.there() == first, f"left or lost by undo: {dict(trial.there())}")
    _wrote_nothing(trial, "what was taken back")
    trial.arguments.append("--again")
    trial.finish()
    _run(trial, "verify")


def _one_run(trial: Trial) -> None:
    show(trial, [*some_texts(), LONG], leads=1)
    _sync(trial)


def _run_is_undone(trial: Trial) -> None:
    leads = [row for row in trial.org.rows("Lead") if not row["IsDeleted"]]
    _ensure(not trial.there() and not leads, "left by undo")
    _wrote_nothing(trial, "what was taken back")
    trial.arguments.append("--again")
    trial.finish()


WAITING = ["said-5", "said-6 a secret"]


def _person(trial: Trial) -> None:
    """A chat that is logged, one that is linked by hand and waits, and a webhook that waits."""
    add_contact(trial)
    show(trial, some_texts())
    _sync(trial)
    other = write_android(trial.folder, NICKNAME, lines_of(WAITING, NICKNAME))
    trial.arguments.append(str(other))
    trial.truth = Truth(Counter(TOKEN.findall("\n".join([*some_texts(), *WAITING]))))
    _sync(trial)
    [contact] = trial.org.rows("Contact")
    _run(trial, "link", NICKNAME, str(contact["Id"]))
    with WebhookInbox.open(_inbox(trial)) as inbox:
        body = json.dumps({"event_type": "new", "phone": "447700900123"}).encode()
        inbox.put([Received("timelines", datetime(2026, 1, 1, tzinfo=UTC), body)])


def _inbox(trial: Trial):
    [ledger] = trial.home.rglob("ledger.sqlite3")
    return ledger.with_name("inbox.sqlite3")


def _person_is_forgotten(trial: Trial) -> None:
    traces = _traces(trial, [NICKNAME, TITLE, "447700900123", "a secret"])
    _ensure(not traces, f"left by forget: {traces}")
    _wrote_nothing(trial, "of somebody who was forgotten")
    _ensure(not _traces(trial, [NICKNAME, "a secret"]), "let in again")
    _run(trial, "verify")
    _ensure(_run(trial, "forget", TITLE, "--lift")["lifted"], "nobody was forgotten")
    _wrote_nothing(trial, "of somebody who was let in again")
    trial.check_ledger()


def _chats_to_purge(trial: Trial) -> None:
    """One that is logged, and one that waits."""
    _person(trial)
    _run(trial, "unlink", NICKNAME)


def _all_is_purged(trial: Trial) -> None:
    _ensure(not _traces(trial, ["a secret"]), "left by purge")
    _wrote_nothing(trial, "what was purged")
    _run(trial, "verify")
    again = _run(trial, "purge", "--all", "--waiting", "--yes")
    _ensure((again["logged"], again["waiting"]) == (0, 0), "purge was not done")
    trial.check_ledger()


def _waiting(trial: Trial) -> None:
    add_contact(trial)
    trial.arguments = [str(write_android(trial.folder, NICKNAME, lines_of(WAITING, NICKNAME)))]
    trial.truth = Truth(Counter(TOKEN.findall("\n".join(WAITING))))
    _sync(trial)


def _is_linked(trial: Trial) -> None:
    trial.finish()
    [contact] = trial.org.rows("Contact")
    owners = {row["WhoId"] for row in trial.org.rows("Task")}
    _ensure(owners == {contact["Id"]}, "linked to something else")


def _on_a_lead(trial: Trial) -> None:
    """Logged on a Lead of somebody's that has the number; the person is a Contact without one."""
    trial.org.add("Contact", FirstName="Ada", LastName="Right")
    trial.org.add("Lead", LastName="Wrong", Company="x", Phone=TITLE, Description="Met at the fair")
    show(trial, [*some_texts(), LONG], leads=1)
    _sync(trial)


def _on_a_new_lead(trial: Trial) -> None:
    """Logged on a Lead that wasf made."""
    trial.org.add("Contact", FirstName="Ada", LastName="Right")
    show(trial, [*some_texts(), LONG], leads=1)
    _sync(trial)


def _linked_to_one_that_is_known(trial: Trial) -> None:
    """It waits under a nickname; the chat of the Contact's number is logged there."""
    add_contact(trial)
    show(trial, some_texts())
    _sync(trial)
    nick = write_android(trial.folder, NICKNAME, lines_of(some_texts(6), NICKNAME))
    trial.arguments.append(str(nick))
    _sync(trial)
    trial.truth = Truth(Counter(TOKEN.findall("\n".join(some_texts(6)))))


def _is_joined(trial: Trial) -> None:
    _is_linked(trial)
    chats = _run(trial, "link")["chats"]
    assert isinstance(chats, list)
    _ensure(len(chats) == 1, f"not joined: {chats}")
    _run(trial, "verify")


_LATER = [Said(one.at + timedelta(days=1), NAME, one.text) for one in lines_of(WAITING)]


def _apart_on_two_records(trial: Trial) -> None:
    """One chat is logged on the Contact with the number, one on a Lead that it was linked to."""
    trial.org.add("Contact", FirstName="Ada", LastName="Right", Phone=TITLE)
    lead = trial.org.add("Lead", LastName="Wrong", Company="x", Description="Met at the fair")
    show(trial, [*some_texts(), LONG])
    _sync(trial)
    trial.arguments.append(str(write_android(trial.folder, NAME, _LATER)))
    said = Counter(TOKEN.findall("\n".join([*some_texts(), LONG, *WAITING])))
    trial.truth = Truth(said, leads=1)
    _sync(trial)
    _run(trial, "link", NAME, str(lead), "--move")
    _sync(trial)
    [wrong] = [row for row in trial.org.rows("Lead") if not row["IsDeleted"]]
    on_lead = [row for row in trial.org.rows("Task") if row["WhoId"] == wrong["Id"]]
    assert len(on_lead) == len(WAITING)


def _is_moved_and_joined(trial: Trial) -> None:
    """The number's next export shows what came under the name, and more: only that is logged."""
    _is_moved(trial)
    later = [replace(one, author=TITLE) for one in _LATER]
    new = Said(later[-1].at + timedelta(days=1), TITLE, "said-4")
    lines = [*lines_of([*some_texts(), LONG]), *later, new]
    newer = trial.folder / "newer"
    newer.mkdir(exist_ok=True)
    trial.arguments = [str(write_android(newer, TITLE, lines))]
    leads = trial.truth.leads
    trial.truth = Truth(Counter(TOKEN.findall("\n".join(one.text for one in lines))), leads)
    trial.finish()
    chats = _run(trial, "link")["chats"]
    assert isinstance(chats, list)
    _ensure(len(chats) == 1, f"not joined: {chats}")


def _is_moved(trial: Trial) -> None:
    [contact] = trial.org.rows("Contact")
    tasks = [row for row in trial.org.rows("Task") if not row["IsDeleted"]]
    where = {row["WhoId"] for row in tasks}
    _ensure(where == {contact["Id"]}, "left on the wrong record")
    leads = [row for row in trial.org.rows("Lead") if not row["IsDeleted"]]
    kept = [row["Description"] for row in leads]
    _ensure(kept in ([], ["Met at the fair"]), f"left on the Lead: {kept}")
    trial.truth = Truth(trial.truth.said, len(leads))
    _wrote_nothing(trial, "what was moved")
    found = _run(trial, "verify")["found"]
    counts = {name: one["count"] for name, one in found.items() if one["count"]}  # type: ignore[attr-defined]
    _ensure(counts == {"same": len(tasks)}, f"verify finds {counts}")
    trial.finish()


OTHER_TITLE = "+44 7700 900124"


def _twice_on_one_record(trial: Trial) -> None:
    """A chat and its copy under another number, both linked to one Contact; one Task is edited."""
    add_contact(trial)
    show(trial, some_texts(6))
    _sync(trial)
    copy = write_android(trial.folder, OTHER_TITLE, lines_of(some_texts(), OTHER_TITLE))
    said = Counter(TOKEN.findall("\n".join([*some_texts(6), *some_texts()])))
    trial.arguments.append(str(copy))
    trial.truth = Truth(said, leads=1)
    _sync(trial)
    [contact] = trial.org.rows("Contact")
    _run(trial, "link", OTHER_TITLE, str(contact["Id"]), "--move")
    trial.truth = Truth(said)
    _ensure(trial.run("verify", "--json").code == ExitCode.DIFFERENT, "no double is found")


def _is_there_once(trial: Trial) -> None:
    once = Counter(TOKEN.findall("\n".join(some_texts(6))))
    _ensure(trial.there() == once, f"left or lost: {dict(trial.there())}")
    _wrote_nothing(trial, "what was removed as double")
    _ensure(not _run(trial, "verify")["doubles"], "still double")
    trial.check_ledger()


def _growing(trial: Trial) -> None:
    add_contact(trial)
    show(trial, some_texts())
    _sync(trial)
    show(trial, some_texts(6))


def _is_unlinked(trial: Trial) -> None:
    [chat] = _run(trial, "link")["chats"]  # type: ignore[misc, index]
    _ensure(chat["unlinked"] and not chat["record"], "still linked")  # type: ignore[index]
    _wrote_nothing(trial, "of a chat that was unlinked")
    [contact] = trial.org.rows("Contact")
    _run(trial, "link", TITLE, str(contact["Id"]))
    trial.finish()


def _without_key_field(trial: Trial) -> None:
    """Some Tasks have their keys in the standard field, of others nobody knows."""
    add_contact(trial)
    show(trial, some_texts())
    _sync(trial)
    show(trial, some_texts(6))
    trial.org.fail("close-after", path="composite/sobjects$")
    trial.sync()
    trial.org.heal()


_MADE = ("CustomField", "PermissionSet", "FieldPermissions", "PermissionSetAssignment")


def _key_field_is_there(trial: Trial) -> None:
    made = [len(trial.org.rows(kind)) for kind in _MADE]
    _ensure(made == [1, 1, 1, 1], f"made {dict(zip(_MADE, made, strict=True))}")
    trials = [row for row in trial.org.rows("Task") if "trial of the key field" in row["Subject"]]
    _ensure(all(row["IsDeleted"] for row in trials), "a trial Task is left")
    trial.finish()
    _run(trial, "verify")


_OWN_FIELD, _OWN_LENGTH = "WhatsApp_Sender__c", 80
_OWN_SETTINGS = """# ours

[task.fields]
CallDisposition = "one, two"
WhatsApp_Chat__c = "mine"
"""


def _without_message_fields(trial: Trial) -> None:
    """The administrator has made one of the fields, and fills another one with a constant."""
    trial.org.add_field("Task", _OWN_FIELD, length=_OWN_LENGTH)
    trial.org.add_field("Task", "WhatsApp_Chat__c")
    (trial.home / "settings.toml").write_text(_OWN_SETTINGS, encoding="utf-8")
    add_contact(trial)
    show(trial, some_texts())
    _sync(trial)


def _message_fields_are_there(trial: Trial) -> None:
    """Each is made once and granted, and what the administrator chose is as it was."""
    names = Counter(f"{row['DeveloperName']}__c" for row in trial.org.rows("CustomField"))
    there = {name: names[name] for name in MESSAGE_FIELDS}
    _ensure(set(there.values()) == {1}, f"made {there}")
    made = [len(trial.org.rows(kind)) for kind in _MADE[1:]]
    _ensure(made == [1, 5, 1], f"made {dict(zip(_MADE[1:], made, strict=True))}")
    rights = {row["Field"]: row["PermissionsEdit"] for row in trial.org.rows("FieldPermissions")}
    _ensure(rights == {f"Task.{name}": True for name in MESSAGE_FIELDS}, f"granted {rights}")
    written = (trial.home / "settings.toml").read_text(encoding="utf-8")
    _ensure(written.startswith(_OWN_SETTINGS), f"not kept in the settings: {written}")
    fields = tomllib.loads(written)["task"]["fields"]
    own = {"CallDisposition": "one, two", "WhatsApp_Chat__c": "mine"}
    _ensure(fields == {**MESSAGE_FIELDS, **own}, f"task.fields is {fields}")
    newer = trial.folder / "newer"
    newer.mkdir(exist_ok=True)
    trial.arguments = [str(write_android(newer, TITLE, lines_of(some_texts(8))))]
    trial.truth = Truth(Counter(TOKEN.findall("\n".join(some_texts(8)))))
    trial.finish()
    [newest, *_] = sorted(trial.org.rows("Task"), key=lambda row: row["Id"], reverse=True)
    filled = (newest["WhatsApp_Direction__c"], newest["WhatsApp_Chat__c"])
    _ensure(filled == ("Inbound", "mine"), f"a Task is filled with {filled}")


DEEDS: dict[str, Deed] = {
    "undo": Deed(_two_runs, ("undo", "--yes"), _second_run_is_undone),
    "undo-lead": Deed(_one_run, ("undo", "--yes"), _run_is_undone),
    "undo-chat": Deed(_one_run, ("undo", "--chat", TITLE, "--yes"), _run_is_undone),
    "forget": Deed(_person, ("forget", TITLE, "--yes"), _person_is_forgotten),
    "purge": Deed(_chats_to_purge, ("purge", "--all", "--waiting", "--yes"), _all_is_purged),
    "link": Deed(_waiting, ("link", NICKNAME, "CONTACT"), _is_linked),
    "move": Deed(_on_a_lead, ("link", TITLE, "CONTACT", "--move"), _is_moved),
    "move-lead": Deed(_on_a_new_lead, ("link", TITLE, "CONTACT", "--move"), _is_moved),
    "link-join": Deed(_linked_to_one_that_is_known, ("link", NICKNAME, "CONTACT"), _is_joined),
    "move-join": Deed(
        _apart_on_two_records, ("link", NAME, "CONTACT", "--move"), _is_moved_and_joined
    ),
    "doubles": Deed(_twice_on_one_record, ("verify", "--remove-doubles", "--yes"), _is_there_once),
    "unlink": Deed(_growing, ("unlink", TITLE), _is_unlinked),
    "key-field": Deed(
        _without_key_field, ("doctor", "--install-key-field", "--yes"), _key_field_is_there
    ),
    "install-fields": Deed(
        _without_message_fields,
        ("doctor", "--install-fields", "--yes"),
        _message_fields_are_there,
    ),
}


# --- Killed ------------------------------------------------------------------------------------


def killed(name: str, key: str, between: str, first: int, step: int) -> Tally:
    """Kill at every failpoint from `first` on, leaving steps.

    `between` the kill and the second try comes "nothing", or cron's "sync".
    """
    tally = Tally()
    deed = DEEDS[name]
    with Trial(unique=key == "unique") as trial:
        deed.before(trial)
        words = _words(deed, trial)
        start, arguments, truth = trial.save(), list(trial.arguments), trial.truth
        for point in count(first, step):
            trial.restore(start)
            trial.arguments, trial.truth = list(arguments), truth
            try:
                if trial.run(*words, kill=point).code != KILLED:
                    break
                _goes_on(trial, words, between)
                deed.after(trial)
            except Wrong as wrong:
                tally.fail(("deed", name, key, between, point, 10**9), wrong)
            tally.counts["kills of commands"] += 1
        trial.restore(start)
        trial.arguments, trial.truth = list(arguments), truth
        _undisturbed(deed, trial, words, tally, (name, key, between))
    return tally


def killed_twice(name: str, key: str, first: int, step: int) -> Tally:
    """Kill at failpoints from `first` on by steps, and the command that goes on at every one."""
    tally = Tally()
    deed = DEEDS[name]
    with Trial(unique=key == "unique") as trial:
        deed.before(trial)
        words = _words(deed, trial)
        start, truth = trial.save(), trial.truth
        for point in count(first, step):
            trial.restore(start)
            trial.truth = truth
            if trial.run(*words, kill=point).code != KILLED:
                break
            dead = trial.save()
            for second in count(1, 2):  # the moment after something is the one before the next
                trial.restore(dead)
                trial.truth = truth
                try:
                    if trial.run(*words, kill=second).code != KILLED:
                        break
                    _goes_on(trial, words, "nothing")
                    deed.after(trial)
                except Wrong as wrong:
                    tally.fail(("deed-pair", name, key, point, 10**9), f"then at {second}: {wrong}")
                tally.counts["pairs of kills of commands"] += 1
            trial.forget(dead)
    return tally


def _words(deed: Deed, trial: Trial) -> list[str]:
    contacts = [str(row["Id"]) for row in trial.org.rows("Contact")]
    return [contacts[0] if word == "CONTACT" else word for word in deed.words]


def _goes_on(trial: Trial, words: list[str], between: str) -> None:
    trial.judge(done=False)
    if between == "sync":
        stopped = trial.sync(later=MINUTE).code == ExitCode.BAD_SETTINGS
        _ensure(not stopped, "cron's sync stops at half of what the command makes")
        trial.judge(done=False)
    course = trial.run(*words)
    if course.code != 0:
        raise Wrong(f"it does not complete: {course.code} {course.err}")
    trial.judge(done=False)


def _undisturbed(
    deed: Deed, trial: Trial, words: list[str], tally: Tally, names: tuple[str, str, str]
) -> None:
    """What is asked for after a kill holds without one, too: else it would say nothing."""
    try:
        if (course := trial.run(*words)).code != 0:
            raise Wrong(f"it ends with {course.code}: {course.err}")
        deed.after(trial)
    except Wrong as wrong:
        tally.fail(("deed", *names, 10**9, 1), wrong)
