"""Faults that a hand could make in wasf, planted in copies of it, and what must see each.

`old` stands in the file once or more often; its first place becomes `new`. `seen_by` is what is run
in the copy: a case of a gate, or tests. It has to fail there.
"""

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.gates import warm_modules
from tests.gates.parallel import FIRST, Tally

REPOSITORY = Path(__file__).parents[2]


class PlantedFault(NamedTuple):
    """One planted fault."""

    file: str
    old: str
    new: str
    seen_by: tuple[str, ...]


def _again(*words: str) -> tuple[str, ...]:
    return ("-m", "tests.gates.replay", *words)


def _tests(*nodes: str) -> tuple[str, ...]:
    return ("-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *nodes)


_LONGEST = 900.0
"""Seconds until what never ends with a fault is stopped; most end in ten."""

_INTEND = "        context.ledger.record_intent(chat_ids, tasks, context.clock())\n"
_KILLS = _again("one-point", "txt", "standard", "29", "2")
_LATE = _again("late", "new-lead", "standard", "6")
_CLOSED = _again("fault", "new-lead", "standard", "S5-closed-after", "6")

_BY_FLOW = _tests("tests/commands/test_undo.py", "-k", "flow or content")
_UNSEEN = _tests("tests/commands/test_undo.py", "-k", "unseen or visible or nowhere")
_DOUBLES = _tests("tests/commands/test_verify.py")
_KNOWN_PEOPLE = _tests("tests/commands/sync/test_known_people.py", "-k")


def _writing(part: str) -> tuple[str, ...]:
    return _tests("tests/end_to_end/test_writing.py", "-k", part)


_GROWTH = _tests(
    "tests/commands/sync/test_growth.py",
    "-k",
    "unique and (touched or within or moment or forge or earlier_run)",
)
_GROWTH_LOST = _tests("tests/commands/sync/test_growth.py", "-k", "during_the_recovery")
_GROWTH_FAULT = _again("fault", "growing", "unique", "S5-closed-after", "5")
_REPORT = _tests("tests/core/test_report.py", "tests/core/test_moments.py")
_REPORT_SHOWN = _tests("tests/console/test_report_output.py", "tests/console/test_report_html.py")
_TASK_WORDS = _tests("tests/core/test_task_words.py", "-k", "many_messages or compared")
_LIVES = _again("whole-lives", "1", "150")
_TAKEN_OVER = _tests("tests/commands/sync/test_taken_over.py")
_JOINS = _tests("tests/commands/sync/test_joins.py")
_CLOCK_CHANGE = _tests(
    "tests/core/test_diff.py",
    "tests/commands/sync/test_joins.py",
    "-k",
    "clock or no_export",
)
_SEVERAL_ZONES = _tests(
    "tests/commands/sync/test_corrected_zones.py", "-k", "another_clock or ids or each_zone"
)
_LOGGED_FILES = _tests("tests/commands/sync/test_logged_files.py")
_NEW_LEADS = _tests("tests/commands/sync/test_new_leads.py")
_NAMESAKES = _tests("tests/commands/sync/test_namesakes.py")
_ONE_PERSON = _tests("tests/end_to_end/test_one_person.py")
_JOBS = _tests("tests/commands/sync/test_bulk_jobs.py", "tests/core/test_bulk_jobs.py")
_AT_WORK = _tests("tests/commands/test_jobs_at_work.py", "-k", "not killed")
_JOB_STEPS = _tests("tests/core/test_bulk_jobs.py")
_TABLES = _tests("tests/salesforce/test_bulk_jobs.py", "-k", "texts or table or column or pages")
_APPROVAL = _tests("tests/commands/sync/test_approval.py")

_VERSION = _tests("tests/end_to_end/test_api_version.py")

_NEW_FIELDS = _tests("tests/end_to_end/test_install_fields.py", "-k", "from_an_org or already")

_LAST_MESSAGES = _tests("tests/commands/sync/test_last_messages.py")
_ANSWER_TASKS = _tests(
    "tests/commands/sync/test_answer_tasks.py", "-k", "unique and not kill and not lost"
)
_ANSWERS_LOST = _tests("tests/commands/sync/test_answer_tasks.py", "-k", "opening_are_lost")
_REPORT_FIELDS = _tests("tests/end_to_end/test_report_fields.py", "-k", "from_an_org or trigger")

_RELATED = _tests("-m", "gate", "tests/gates/test_related.py")


def _connections(part: str) -> tuple[str, ...]:
    return _tests("tests/listener/test_connections.py", "-k", part)


PLANTED_FAULTS: dict[str, PlantedFault] = {
    "eight calls are under way though they are long": PlantedFault(
        "salesforce/tasks.py",
        "            return replace(self, now=few, count=0, seconds=0.0)\n",
        "            return replace(self, count=0, seconds=0.0)\n",
        _tests("tests/salesforce/test_tasks.py", "-k", "InFlight"),
    ),
    "a known Lead is taken for an open one": PlantedFault(
        "commands/sync/known_people.py",
        "leads - _open_leads(leads, known.facts, context) if leads else frozenset()",
        "frozenset[RecordId]()",
        (*_KNOWN_PEOPLE, "m5"),
    ),
    "an error is not asked about in the same round": PlantedFault(
        "commands/sync/known_people.py",
        "    except (Stopped, TryLater):\n",
        "    except WasfError:\n",
        (*_KNOWN_PEOPLE, "error"),
    ),
    "the reserve is used up by people who are known": PlantedFault(
        "cli/listen.py",
        "not polled and _may_call(context.ledger, settings)",
        "not polled",
        _tests("tests/end_to_end/test_known_records.py", "-k", "reserve"),
    ),
    "a refusal does not contradict what is known": PlantedFault(
        "commands/sync/known_people.py",
        "                self.is_contradicted = True\n",
        "                self.is_contradicted = False\n",
        (*_KNOWN_PEOPLE, "merged"),
    ),
    "a record that refuses Tasks is known": PlantedFault(
        "commands/sync/known_people.py",
        "(one for one in chats if one not in result.waits)",
        "(chats)",
        (*_KNOWN_PEOPLE, "refusal"),
    ),
    "what is known of other settings is used": PlantedFault(
        "store/ledger/facts.py",
        "        if known_mark != mark or ",
        "        if ",
        (*_KNOWN_PEOPLE, "otherwise"),
    ),
    "no intent": PlantedFault("commands/sync/outbox.py", _INTEND, "", _KILLS),
    "done before it is sent": PlantedFault(
        "commands/sync/outbox.py",
        _INTEND,
        _INTEND
        + "        context.ledger.resolve([TaskLogged(one.key, one.who_id) for one in tasks])\n",
        _KILLS,
    ),
    "no intent of a Lead": PlantedFault(
        "commands/sync/leads.py",
        "                ledger.record_lead_intent(plan.lead.phone, context.clock())\n",
        "                pass\n",
        _again("late", "new-lead", "unique", "5"),
    ),
    "a write is sent again": PlantedFault(
        "salesforce/api/client.py",
        "headers or {}, once=True)",
        "headers or {})",
        _again("fault", "new-lead", "standard", "S3-reset-after", "5"),
    ),
    "the version that an org has is forgotten": PlantedFault(
        "app.py",
        "partial(book.put, url)",
        "lambda _: None",
        _VERSION,
    ),
    "a composite keeps the version that was refused": PlantedFault(
        "salesforce/api/client.py",
        "_completed(body, self.data_path)",
        '_completed(body, "/services/data/v67.0/")',
        _VERSION,
    ),
    "what task.fields says is lost when fields are made": PlantedFault(
        "core/fields.py",
        "    return {**mapping, **added}\n",
        "    return added\n",
        _NEW_FIELDS,
    ),
    "task.fields names new fields that nobody may fill": PlantedFault(
        "salesforce/field_setup.py",
        "[self._grant(name, of) for of in self.objects for name in self.names]",
        "[self._grant(self.names[0], of) for of in self.objects]",
        _NEW_FIELDS,
    ),
    "records are not due before the messages are logged": PlantedFault(
        "commands/sync/org_reports.py",
        "    is_due = bool(due_records(context))\n",
        "    is_due = False\n",
        _LAST_MESSAGES,
    ),
    "a Task that asks for an answer is sent without an intent": PlantedFault(
        "commands/sync/org_reports.py",
        "context.ledger.record_intent([chat for chat, _ in tasks], sent, context.clock())",
        "pass",
        _ANSWERS_LOST,
    ),
    "a chat whose Task is on its way gets another one": PlantedFault(
        "commands/sync/org_reports.py",
        "        and known.chat.id not in busy\n",
        "",
        _ANSWERS_LOST,
    ),
    "a question that had its Task gets another one": PlantedFault(
        "store/ledger/last_messages.py",
        "AND (task.is_open = TRUE OR task.at >= waiting_chat.at)",
        "AND task.is_open = TRUE",
        _tests("tests/store/ledger/test_last_messages.py", "-k", "sqlite"),
    ),
    "a new question leaves the Task of an answered one open": PlantedFault(
        "store/ledger/last_messages.py",
        "        return self.question is None or self.question.at > self.at\n",
        "        return self.question is None\n",
        _ANSWER_TASKS,
    ),
    "the intent of a Task that asks holds its message": PlantedFault(
        "store/ledger/outbox.py",
        "((key,) for task in new if task.asks is None for key in task.messages)",
        "((key,) for task in new for key in task.messages)",
        _tests("tests/store/ledger/test_last_messages.py", "-k", "sqlite"),
    ),
    "a Task that the org refuses is tried in each sync": PlantedFault(
        "store/ledger/last_messages.py",
        "(refused_at IS NULL OR refused_at <= ?)",
        "(refused_at IS NULL OR TRUE OR refused_at <= ?)",
        _ANSWER_TASKS,
    ),
    "a Task that is not closed is tried in each sync": PlantedFault(
        "commands/sync/org_reports.py",
        "(one.refused_at is None or one.refused_at <= tried_before)",
        "True",
        _ANSWER_TASKS,
    ),
    "undo leaves the Task that asks for an answer": PlantedFault(
        "commands/undo.py",
        "        _delete_asking(some, context, done)\n",
        "",
        _ANSWER_TASKS,
    ),
    "forget leaves the Task that asks for an answer open": PlantedFault(
        "store/ledger/privacy.py",
        "CASE WHEN is_open THEN task_id ELSE '' END",
        "''",
        _ANSWER_TASKS,
    ),
    "a message without a question leaves the Task open": PlantedFault(
        "commands/sync/org_reports.py",
        "    update_answer_tasks(context, facts, result)\n\n\n# ---",
        "\n\n# ---",
        _tests("tests/commands/sync/test_known_people.py", "-k", "asks_for_an_answer"),
    ),
    "verify does not know the Tasks that ask for an answer": PlantedFault(
        "store/ledger/history.py",
        "        yield from _known_answer_tasks(self._db)\n",
        "",
        _ANSWER_TASKS,
    ),
    "fields are written although nothing changed": PlantedFault(
        "commands/sync/org_reports.py",
        "        if last != known[one].last or (is_in_doubt and known[one].is_due)\n",
        "",
        _LAST_MESSAGES,
    ),
    "an older write of fields that arrives late stays": PlantedFault(
        "commands/sync/org_reports.py",
        "        records.mark_due(stored)\n",
        "        pass\n",
        _LAST_MESSAGES,
    ),
    "a Lead that a person edited is written without a condition": PlantedFault(
        "commands/sync/org_reports.py",
        "    return [FieldsChange(one, last, read_at.get(one)) for one, last in due.items()]\n",
        "    return [FieldsChange(one, last) for one, last in due.items()]\n",
        _LAST_MESSAGES,
    ),
    "undo takes wasf's own change of a Lead for a person's": PlantedFault(
        "commands/sync/earlier_writes.py",
        "    if lead.is_touched and not _is_as_left(lead, context):\n",
        "    if lead.is_touched:\n",
        _LAST_MESSAGES,
    ),
    "undo takes a person's change of a Lead for wasf's own": PlantedFault(
        "commands/sync/earlier_writes.py",
        " and written.left == lead.modified\n",
        "\n",
        _LAST_MESSAGES,
    ),
    "undone messages count as last ones": PlantedFault(
        "store/ledger/last_messages.py",
        "undone.chat = logged.chat AND undone.key = logged.key",
        "FALSE",
        _LAST_MESSAGES,
    ),
    "who waits does so since the last message": PlantedFault(
        "core/chats.py",
        "            unanswered = at if from_us is None else unanswered\n",
        "            unanswered = from_them if from_us is None else unanswered\n",
        _tests("tests/core/test_chats.py"),
    ),
    "a call with fields that is refused whole is not halved": PlantedFault(
        "salesforce/message_fields.py",
        "    if half and failed_with_call(",
        "    if False and failed_with_call(",
        _REPORT_FIELDS,
    ),
    "an unknown outcome counts as not sent": PlantedFault(
        "salesforce/task_calls.py",
        "    return TaskInDoubt(task.key)\n\n\ndef refusal_of_call",
        "    return TaskNotSent(task.key)\n\n\ndef refusal_of_call",
        _CLOSED,
    ),
    "one bad Task stops its call": PlantedFault(
        "salesforce/task_calls.py",
        "        if len(tasks) > 1:\n",
        "        if False:\n",
        _writing("poison_message"),
    ),
    "the later half goes first": PlantedFault(
        "salesforce/task_calls.py",
        "(tuple(tasks[:half]), tuple(tasks[half:]))",
        "(tuple(tasks[half:]), tuple(tasks[:half]))",
        _writing("twenty_at_once"),
    ),
    "what was learned of calls is forgotten": PlantedFault(
        "commands/sync/outbox.py",
        "facts.save_batch_limit(limit, now)",
        "facts.save_batch_limit(None, now)",
        _writing("twenty_at_once"),
    ),
    "two calls at once for one record": PlantedFault(
        "salesforce/task_calls.py",
        "            if not call.records & taken:\n",
        "            if True:\n",
        _writing("one_call_at_a_time"),
    ),
    "a record that refuses all costs a call for each Task": PlantedFault(
        "salesforce/task_calls.py",
        "self._refused_on[record] >= _MOST_ON_RECORD:",
        "False:",
        _writing("one_record_whose"),
    ),
    "locks are not tried again": PlantedFault(
        "salesforce/task_calls.py",
        "        if locked and retry is not None and tries < retry.attempts:\n",
        "        if False:\n",
        _writing("lock_goes_away"),
    ),
    "a full storage does not stop the run": PlantedFault(
        "core/refusals.py",
        "return self.code == STORAGE_FULL",
        "return False",
        _writing("full_storage"),
    ),
    "a stopped run is not tried with one Task": PlantedFault(
        "salesforce/task_calls.py",
        "        size = 1 if self._is_probing else self.size.size\n",
        "        size = self.size.size\n",
        _writing("refuses_everything"),
    ),
    "too many at once is the day's limit": PlantedFault(
        "salesforce/api/errors.py",
        "if any(_CROWDED in error.message for error in errors):",
        "if False:",
        _writing("too_many_at_once"),
    ),
    "a resent row makes the others doubtful": PlantedFault(
        "salesforce/task_calls.py",
        "            known = {key: one for key, one in results.items() if key not in left}\n",
        "            known = {}\n",
        _tests("tests/salesforce/test_tasks.py", "-k", "rows_of_a_lock"),
    ),
    "no lock": PlantedFault(
        "store/files.py",
        "        lock.acquire()\n",
        "        pass\n",
        _tests("tests/store/test_files.py"),
    ),
    "no quarantine": PlantedFault(
        "commands/sync/earlier_writes.py",
        "if now - intent.at >= context.quarantine]",
        "if True]",
        _LATE,
    ),
    "no quarantine for Leads": PlantedFault(
        "commands/sync/delivery.py",
        "if now - at < context.quarantine:",
        "if False:",
        _again("late", "new-lead", "standard", "5"),
    ),
    "archived Tasks are not looked for": PlantedFault(
        "salesforce/api/formats.py",
        "'queryAll' if self.deleted_too else 'query'",
        "'query'",
        _CLOSED,
    ),
    "equal messages are one": PlantedFault(
        "store/ledger/ledger.py",
        "return repeats.count_earlier(self._db, occurrence_keys)",
        "return [0 for _ in occurrence_keys]",
        _again("one-point", "txt", "unique", "1", "1000"),
    ),
    "lines end anywhere": PlantedFault(
        "sources/exports/text.py",
        'yield rest[:end].removesuffix(b"\\r")',
        'yield rest[:end].removesuffix(b"\\r").replace("\\u2028".encode(), b"\\n")',
        _tests("tests/sources/exports/test_layout.py"),
    ),
    "any signature is accepted": PlantedFault(
        "sources/proofs.py",
        "return len(given) == 1 and hmac.compare_digest(given[0], expected)",
        "return True",
        _tests("tests/listener"),
    ),
    "listener: nobody watches the deadlines": PlantedFault(
        "listener/server.py",
        "        self._clients.close_overdue()\n",
        "",
        _connections("watches"),
    ),
    "listener: a request has all the time": PlantedFault(
        "listener/connections.py",
        "self.due = self.since + self._limits.request_seconds",
        "self.due = self.since + 1e9",
        _connections("deadline"),
    ),
    "listener: what drips gains time": PlantedFault(
        "listener/connections.py",
        "        if not self._is_first:",
        "        if True:",
        _connections("deadline or drips"),
    ),
    "listener: an answer that nobody reads is kept": PlantedFault(
        "listener/connections.py",
        "            self.transport.abort()\n        else:",
        "            pass\n        else:",
        _connections("cut_off"),
    ),
    "listener: who proved nothing may stay silent for long": PlantedFault(
        "listener/connections.py",
        "limits.silence_seconds if self._has_proved else limits.head_seconds",
        "limits.silence_seconds",
        _connections("deadline"),
    ),
    "listener: a head has no end": PlantedFault(
        "listener/connections.py",
        "if self._in_head and self.held > self._limits.head_bytes:",
        "if False:",
        _connections("head_has"),
    ),
    "listener: a head has any number of fields": PlantedFault(
        "listener/connections.py",
        "self._head_fields += fields",
        "self._head_fields += 0",
        _connections("head_has"),
    ),
    "listener: a request has no end": PlantedFault(
        "listener/connections.py",
        "elif self.held > self._limits.request_bytes:",
        "elif False:",
        _connections("never_ends"),
    ),
    "listener: bodies have no budget": PlantedFault(
        "listener/connections.py",
        "while self._held > self.limits.held_bytes:",
        "while False:",
        _connections("budget"),
    ),
    "listener: the newest and smallest makes room": PlantedFault(
        "listener/connections.py",
        "max(self._open, key=lambda one: one.held * (now - one.since))",
        "min(self._open, key=lambda one: one.held)",
        _connections("budget"),
    ),
    "listener: any number may prove nothing": PlantedFault(
        "listener/connections.py",
        "if len(self._strangers) > self.limits.strangers:",
        "if False:",
        _connections("makes_room"),
    ),
    "listener: who has proved something makes room, too": PlantedFault(
        "listener/connections.py",
        "        self._clients.note_proof(self)\n",
        "",
        _connections("makes_room"),
    ),
    "listener: requests wait without end for the first answer": PlantedFault(
        "listener/connections.py",
        "if len(self.pipeline) >= self._limits.pipelined:",
        "if False:",
        _connections("few_requests"),
    ),
    "listener: an answer may be taken for a page": PlantedFault(
        "listener/connections.py",
        '("X-Content-Type-Options", "nosniff")',
        '("X-Nothing", "")',
        _connections("within"),
    ),
    "listener: a slash too many carries the secret elsewhere": PlantedFault(
        "listener/app.py",
        "        app.router.redirect_slashes = False",
        "        app.router.redirect_slashes = True",
        _tests("tests/listener/test_app.py", "-k", "redirect"),
    ),
    "listener: a body without a signature is read": PlantedFault(
        "listener/app.py",
        "        if not proof.may_read(head):",
        "        if False:",
        _tests("tests/listener/test_app.py", "-k", "not_even_read"),
    ),
    "a request follows redirects with its token": PlantedFault(
        "http.py",
        "                allow_redirects=False,\n",
        "                allow_redirects=setattr(\n"
        '                    type(self), "get_redirect_target", super().get_redirect_target\n'
        "                ) or True,\n",
        _tests("tests/sources/test_api_client.py", "-k", "redirect_is_not_followed"),
    ),
    "credentials of ~/.netrc go with requests": PlantedFault(
        "http.py",
        "        self.auth = auth\n        self.trust_env",
        "        self.auth = None\n        self.trust_env",
        _tests("tests/sources/test_api_client.py", "-k", "elsewhere and proxy"),
    ),
    "a cookie is kept": PlantedFault(
        "http.py",
        "        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))\n",
        "",
        _tests("tests/salesforce/api/test_transport.py", "-k", "cookie"),
    ),
    "a proxy of the environment is asked for this machine": PlantedFault(
        "sources/api_client.py",
        "trust_env = not is_this_machine(self.url)",
        "trust_env = True",
        _tests("tests/sources/test_api_client.py", "-k", "this_machine"),
    ),
    "a chat API behind a proxy is not reached": PlantedFault(
        "sources/api_client.py",
        "trust_env = not is_this_machine(self.url)",
        "trust_env = False",
        _tests("tests/sources/test_api_client.py", "-k", "elsewhere and proxy"),
    ),
    "others may read what wasf writes": PlantedFault(
        "cli/main.py",
        "    os.umask(0o077)\n",
        "    os.umask(0o022)\n",
        _tests("tests/end_to_end/test_other_commands.py", "-k", "persons_alone"),
    ),
    "what was deleted stays in the file": PlantedFault(
        "store/ledger/engines/sqlite.py",
        '    "PRAGMA main.secure_delete = ON",\n',
        '    "PRAGMA main.secure_delete = OFF",\n',
        _tests("tests/store/ledger/test_deleted_text.py"),
    ),
    "what was deleted stays in the log of writes": PlantedFault(
        "store/ledger/engines/sqlite.py",
        "            if self.has_written:\n",
        "            if False:\n",
        _tests("tests/store/ledger/test_deleted_text.py"),
    ),
    "what an older version deleted stays in the file": PlantedFault(
        "store/ledger/engines/sqlite.py",
        '        self.run("VACUUM")\n',
        "",
        _tests("tests/store/ledger/test_deleted_text.py"),
    ),
    "the callback answers to any name": PlantedFault(
        "salesforce/auth/callback.py",
        "        if hosts[0].strip().lower() not in self._hosts:\n",
        "        if False:\n",
        _tests(
            "tests/salesforce/auth/test_callback.py",
            "tests/end_to_end/test_sign_in.py",
            "-k",
            "host or name",
        ),
    ),
    "the callback takes any method": PlantedFault(
        "salesforce/auth/callback.py",
        '        if line[1] != "GET":\n',
        "        if False:\n",
        _tests("tests/salesforce/auth/test_callback.py", "tests/end_to_end/test_sign_in.py"),
    ),
    "the callback takes an answer twice": PlantedFault(
        "salesforce/auth/callback.py",
        "            if not self._answered.is_set():\n",
        "            if True:\n",
        _tests("tests/salesforce/auth/test_callback.py", "tests/end_to_end/test_sign_in.py"),
    ),
    "the callback takes the answer to another sign-in": PlantedFault(
        "salesforce/auth/callback.py",
        "        if isinstance(answer, NotAnAnswer):\n            return _FOREIGN\n",
        "        if isinstance(answer, NotAnAnswer):\n"
        "            from wasf.core.auth import Secret\n"
        "            answer = CodeGiven(Secret(query), pasted=False)\n",
        _tests("tests/salesforce/auth/test_callback.py", "tests/end_to_end/test_sign_in.py"),
    ),
    "a token goes to a host that an answer names": PlantedFault(
        "salesforce/connection.py",
        "(host == own or host.endswith(_OF_SALESFORCE)):\n",
        "(host == own or host):\n",
        _tests("tests/salesforce/test_connection.py"),
    ),
    "a request goes to another place than the org": PlantedFault(
        "salesforce/api/transport.py",
        '        if not (request.url or "").startswith(f"{self._origin}/services/"):\n',
        "        if False:\n",
        _tests("tests/salesforce/api/test_transport.py", "-k", "no_other_place"),
    ),
    "tokens that others can read are used": PlantedFault(
        "store/credentials/token_stores.py",
        "    if stat.S_IMODE(found.st_mode) & _OTHERS:\n",
        "    if False:\n",
        _tests("tests/store/credentials/test_token_stores.py"),
    ),
    "tokens are put behind a link": PlantedFault(
        "store/credentials/token_stores.py",
        "        if path.is_symlink():\n",
        "        if False:\n",
        _tests("tests/store/credentials/test_token_stores.py"),
    ),
    "tokens are read behind a link": PlantedFault(
        "store/credentials/token_stores.py",
        'os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)',
        "os.O_RDONLY",
        _tests("tests/store/credentials/test_token_stores.py"),
    ),
    "secret_command inherits what is secret": PlantedFault(
        "store/credentials/external.py",
        "            env=without_secrets(os.environ),\n",
        "            env=dict(os.environ),\n",
        _tests("tests/store/credentials/test_external.py"),
    ),
    "an address of a chat has a user and a password": PlantedFault(
        "sources/addresses.py",
        "bool(_PLAIN_PLACE.fullmatch(parts.netloc)) and",
        "bool(parts.hostname) and",
        _tests("tests/sources/test_addresses.py", "-k", "l3"),
    ),
    "an API's token goes unencrypted": PlantedFault(
        "sources/addresses.py",
        '    if parts is None or not (parts.scheme == "https" or is_here):\n',
        "    if parts is None:\n",
        _tests("tests/sources/test_addresses.py", "-k", "token_goes"),
    ),
    "a secret may stand twice in an address": PlantedFault(
        "sources/proofs.py",
        "        return len(given) == 1 and is_same(given[0], self.secret)\n",
        "        return any(is_same(one, self.secret) for one in given)\n",
        _tests("tests/listener/test_app.py", "-k", "without_the_secret"),
    ),
    "a file of any size is loaded": PlantedFault(
        "sources/api_client.py",
        "                return session.body(response, largest)\n",
        "                return session.body(response, largest << 40)\n",
        _tests("tests/sources/test_api_client.py", "-k", "file"),
    ),
    "an answer of any size is read": PlantedFault(
        "http.py",
        "            if size > largest:\n",
        "            if False:\n",
        _tests("tests/test_http.py"),
    ),
    "links lead anywhere": PlantedFault(
        "sources/addresses.py",
        'return parts is not None and parts.scheme == "https" and _is_public(parts.hostname or "")',
        "return True",
        _tests("tests/sources/test_addresses.py"),
    ),
    "a public name leads into a private network": PlantedFault(
        "http.py",
        "        if not ip_address(made.getpeername()[0]",
        "        if False and not ip_address(made.getpeername()[0]",
        _tests("tests/sources/test_api_client.py"),
    ),
    "a redirect of a file leads anywhere": PlantedFault(
        "sources/api_client.py",
        "        if not may_follow(link, self.url):\n",
        "        if not (may_follow(link, self.url) or auth is not self.auth):\n",
        _tests("tests/sources/test_api_client.py"),
    ),
    "Chatwoot: private notes are messages": PlantedFault(
        "sources/chatwoot/messages.py",
        '    if shown.get("private") is True or kind in _ACTIVITIES:\n',
        "    if kind in _ACTIVITIES:\n",
        _tests("tests/sources/chatwoot/test_messages.py"),
    ),
    "Chatwoot: automatic messages are the customer's": PlantedFault(
        "sources/chatwoot/messages.py",
        '    "3": Direction.OUTGOING,\n',
        '    "3": Direction.INCOMING,\n',
        _tests("tests/sources/chatwoot/test_messages.py"),
    ),
    "Chatwoot: every channel is WhatsApp": PlantedFault(
        "sources/chatwoot/model.py",
        "        return self.channel == WHATSAPP or is_twilio or is_bridge\n",
        "        return True\n",
        _tests("tests/sources/chatwoot/test_api.py"),
    ),
    "Chatwoot: an answer that was cut counts as whole": PlantedFault(
        "sources/chatwoot/lists.py",
        "            if len(rows) not in _CUT or len(ids) < 2:\n",
        "            if rows or not rows:\n",
        _tests("tests/sources/chatwoot/test_api.py"),
    ),
    "Chatwoot: a list that shifts is walked once": PlantedFault(
        "sources/chatwoot/walk.py",
        "        found = pages > 1\n",
        "        found = False\n",
        _tests("tests/sources/chatwoot/test_api.py"),
    ),
    "Chatwoot: only open conversations are read": PlantedFault(
        "sources/chatwoot/lists.py",
        'status="all", **query',
        'status="open", **query',
        _tests("tests/sources/chatwoot/test_api.py"),
    ),
    "Chatwoot: a bad message is passed for good": PlantedFault(
        "sources/chatwoot/walk.py",
        "            next_id = min([next_id, *(one.id for one in wrong)])\n",
        "            wrong = []\n",
        _tests("tests/sources/chatwoot/test_api.py"),
    ),
    "Chatwoot: what came late is never looked for": PlantedFault(
        "sources/chatwoot/walk.py",
        "            yield from self._slow_walk(rest)\n",
        "            pass\n",
        _tests("tests/sources/chatwoot/test_api.py"),
    ),
    "Chatwoot: an old signature counts": PlantedFault(
        "sources/proofs.py",
        "        return given[0] if abs(self.clock() - int(given[0])) <= _MOST_SECONDS else None\n",
        "        return given[0]\n",
        _tests("tests/sources/chatwoot/test_webhooks.py"),
    ),
    "Chatwoot: the time is not signed": PlantedFault(
        "sources/proofs.py",
        "        signed = self.before + body\n",
        "        signed = body\n",
        _tests("tests/sources/chatwoot/test_webhooks.py"),
    ),
    "Chatwoot: one proof of two is enough": PlantedFault(
        "sources/proofs.py",
        "        return self.needs(one.accepts(head, body) for one in self.proofs)\n",
        "        return self.proofs[0].accepts(head, body)\n",
        _tests("tests/sources/chatwoot/test_webhooks.py"),
    ),
    "a token goes on with a redirect": PlantedFault(
        "sources/api_client.py",
        "            link, auth = _next_link(link, found), NoAuth()\n",
        "            link, auth = _next_link(link, found), self.auth\n",
        _tests("tests/sources/test_api_client.py"),
    ),
    "any duplicate counts as ours": PlantedFault(
        "salesforce/task_calls.py",
        "    return key_field.name in words or key_field.name in error.fields\n",
        "    return True\n",
        _tests("tests/salesforce/test_tasks.py"),
    ),
    "a long text is cut": PlantedFault(
        "core/task_text.py",
        "list(split_text(block.text, _ROOM))",
        "[block.text[:_ROOM]]",
        _tests("tests/core/test_task_text.py"),
    ),
    "characters are counted, not units": PlantedFault(
        "core/text.py",
        "return len(text) if text.isascii() else",
        "return len(text) if text else",
        _tests("tests/gates/test_every_character.py", "-k", "task"),
    ),
    "a file is known by its place alone": PlantedFault(
        "commands/sync/logged_files.py",
        "if is_rewritten and not",
        "if is_rewritten and not file.size and not",
        _LOGGED_FILES,
    ),
    "a file is known by its place and length alone": PlantedFault(
        "commands/sync/logged_files.py",
        "kept.size == file.size and kept.content == file.content()",
        "kept.size == file.size",
        _LOGGED_FILES,
    ),
    "a file with new times counts as read anew": PlantedFault(
        "commands/sync/logged_files.py",
        "before._replace(state=file.state)",
        "before._replace(state=file.state, at=self._now)",
        _LOGGED_FILES,
    ),
    "what a file holds after a run counts as read": PlantedFault(
        "sources/files.py",
        "return made.hexdigest() if is_same else",
        "return made.hexdigest() if path else",
        _LOGGED_FILES,
    ),
    "a file whose messages were skipped is not read": PlantedFault(
        "commands/sync/report.py",
        "and not (one.counts.waiting or one.counts.skipped)",
        "and not one.counts.waiting",
        _LOGGED_FILES,
    ),
    "what files held stays when a person is forgotten": PlantedFault(
        "store/ledger/privacy.py",
        '            write_fact(self._db, LOGGED_FILES, "")\n',
        "",
        _LOGGED_FILES,
    ),
    "a file with the same bytes is known whatever the settings": PlantedFault(
        "sources/files.py",
        "made = settings.copy()",
        "made = blake2b(digest_size=16)",
        _LOGGED_FILES,
    ),
    "a file is read once for ever": PlantedFault(
        "commands/sync/logged_files.py",
        "if timedelta(0) <= ages[name] < _DAY}",
        "if timedelta(0) <= ages[name]}",
        _LOGGED_FILES,
    ),
    "a file of which something is to be told is not read": PlantedFault(
        "commands/sync/run.py",
        "not (told or self.reason or self.misfit)",
        "True",
        _LOGGED_FILES,
    ),
    "a file is not read although another one beside it is": PlantedFault(
        "sources/files.py",
        "if all(unchanged):",
        "if any(unchanged):",
        _LOGGED_FILES,
    ),
    "a file that was just written counts as unchanged": PlantedFault(
        "sources/files.py",
        "_COARSE: Final = 3.0",
        "_COARSE: Final = -1.0",
        _LOGGED_FILES,
    ),
    "a run that reads nothing new uploads no files": PlantedFault(
        "commands/sync/pipeline.py",
        " or ledger.pending_files()",
        "",
        _tests("tests/commands/sync/test_uploads.py"),
    ),
    "undone messages do not matter to a file": PlantedFault(
        "commands/sync/logged_files.py",
        " and one.chat.id not in undone",
        "",
        _LOGGED_FILES,
    ),
    "a terminal gets all": PlantedFault(
        "console/screen_text.py",
        'return "".join(_shown(character) for character in text)',
        "return text",
        _tests("tests/gates/test_every_character.py", "-k", "terminal"),
    ),
    "a table shows all": PlantedFault(
        "console/console.py",
        "list(map(safe_cell, row))",
        "list(map(Cell, row))",
        _tests("tests/console/test_console.py"),
    ),
    "queries are put together by hand": PlantedFault(
        "salesforce/api/formats.py",
        'return format_soql("{:literal} {:literal} {}", field, operator, value)',
        "return f\"{field} {operator} '{value}'\"",
        _tests("tests/gates/test_every_character.py", "-k", "query"),
    ),
    "a secret shows": PlantedFault(
        "core/auth.py",
        'return "Secret(***)"',
        'return f"Secret({self._text})"',
        _tests("tests/end_to_end/test_no_secret_is_seen.py", "-k", "values"),
    ),
    "what Salesforce says is passed on": PlantedFault(
        "salesforce/task_calls.py",
        "refusal_of(result, withheld))",
        "refusal_of(result, ()))",
        _tests("-m", "gate", "tests/gates/test_canaries.py"),
    ),
    "a page is an answer": PlantedFault(
        "salesforce/api/transport.py",
        "    if status not in (200, 201):\n",
        "    if not status:\n",
        _tests("tests/salesforce/api/test_transport.py"),
    ),
    "fewer outcomes than records": PlantedFault(
        "salesforce/api/composite.py",
        "    if len(rows) != count:\n",
        "    if not rows:\n",
        _tests("tests/salesforce/api/test_composite.py"),
    ),
    "taken back before it is deleted": PlantedFault(
        "commands/undo.py",
        "        refused = _delete(living",
        "        _mark_undone(some, context)\n        refused = _delete(living",
        _again("deed", "undo", "unique", "nothing", "1", "1"),
    ),
    "W5: a flow's change counts as a person's": PlantedFault(
        "commands/sync/earlier_writes.py",
        "(task.created.by, *machines)",
        "(task.created.by,)",
        _BY_FLOW,
    ),
    "W5: what the connected user edited is deleted": PlantedFault(
        "commands/sync/earlier_writes.py", "        if fields:\n", "        if False:\n", _BY_FLOW
    ),
    "W5: a Task is deleted of which nobody knows what was written": PlantedFault(
        "commands/sync/earlier_writes.py",
        "elif content is None or task",
        "elif task",
        _BY_FLOW,
    ),
    "W5: a Task that somebody moved on is deleted": PlantedFault(
        "core/keys.py",
        "before != _EMPTY_VALUE and before != now]",
        "before != now and name == 'Description']",
        _BY_FLOW,
    ),
    "W5: what was written is kept of a forgotten person": PlantedFault(
        "store/ledger/privacy.py",
        "digest = ?, written = NULL",
        "digest = ?",
        _tests("tests/store/ledger/test_logged_tasks.py", "-k", "written"),
    ),
    "W3: what may be there unseen is sent again": PlantedFault(
        "commands/sync/earlier_writes.py",
        "context.org.unseen_owners(owners) if owners else frozenset()",
        "frozenset()",
        _UNSEEN,
    ),
    "X3: a Task that is not visible is lost": PlantedFault(
        "core/keys.py",
        "== _value_digest(owner)",
        "!= b''",
        _UNSEEN,
    ),
    "X3: a Task of ones own that is nowhere is taken for not visible": PlantedFault(
        "core/keys.py",
        "== _value_digest(owner)",
        "== b''",
        _UNSEEN,
    ),
    "M2: no sync says that Leads are private": PlantedFault(
        "salesforce/describe.py",
        "if any(one.get(kind) == _PRIVATE for one in found)",
        "if False",
        _tests("tests/end_to_end/test_doctor.py", "-k", "m2"),
    ),
    "M6: wasf config does not know the setting": PlantedFault(
        "cli/config.py",
        "check_closed_statuses(statuses, settings.lead_closed_statuses)",
        "check_closed_statuses(statuses, None)",
        _tests("tests/end_to_end/test_doctor.py", "-k", "m6"),
    ),
    "T9: CreatedDate is sent without the right": PlantedFault(
        "core/tasks.py",
        "self.policy.created_date is CreatedDate.MESSAGE and self.can_date",
        "self.policy.created_date is CreatedDate.MESSAGE",
        _tests("tests/core/test_tasks.py", "-k", "t9"),
    ),
    "T9: a Task that is sent again has another CreatedDate": PlantedFault(
        "store/ledger/codec.py",
        "datetime.fromisoformat(created_at) if created_at else None",
        "None",
        _tests("tests/store/ledger/test_ledger.py", "-k", "exactly_as_it_was"),
    ),
    "W5: further fields that people changed are not seen": PlantedFault(
        "core/keys.py",
        "last = [_value_digest(further)] if further else []",
        "last: list[bytes] = []",
        _tests("tests/core/test_keys.py", "-k", "w5"),
    ),
    "moved without an intent": PlantedFault(
        "commands/sync/moves.py",
        "    ledger.moves.record_move_intent(ids, to.record)\n",
        "",
        _tests("tests/commands/sync/test_moves.py", "-k", "cut_off_anywhere"),
    ),
    "what somebody changed is moved": PlantedFault(
        "commands/sync/moves.py",
        "    reasons = why_tasks_stay(away, context)\n    return Elsewhere(",
        "    reasons = {}\n    return Elsewhere(",
        _tests("tests/end_to_end/test_moving.py", "-k", "somebody_changed"),
    ),
    "a Lead with Tasks of others is deleted": PlantedFault(
        "commands/sync/earlier_writes.py",
        "    if lead.tasks - set(tasks_gone) or lead.others:\n",
        "    if lead.others:\n",
        _tests("tests/end_to_end/test_moving.py", "-k", "uses_it"),
    ),
    "what is on its way goes to the wrong record": PlantedFault(
        "commands/link.py",
        "            ledger.redirect_intents(chat_id, linked.elsewhere.to)\n",
        "            pass\n",
        _tests("tests/commands/sync/test_moves.py", "-k", "sending_was_cut_off"),
    ),
    "a line that somebody wrote is removed": PlantedFault(
        "core/plan/leads.py",
        r"(?=\r?\n|\Z)",
        "",
        _tests("tests/end_to_end/test_moving.py", "-k", "somebody_wrote or only_the_line"),
    ),
    "another chat's Tasks are taken back too": PlantedFault(
        "commands/undo.py",
        "ledger.logged_by(one, chat.id)]",
        "ledger.logged_by(one)]",
        _tests("tests/commands/test_undo.py", "-k", "one_chat"),
    ),
    "a text stands in a Task as a message does": PlantedFault(
        "core/task_text.py",
        "_INDENT + line for line",
        "line for line",
        _tests("tests/core/test_task_text.py", "-k", "t10"),
    ),
    "the callback listens at every address": PlantedFault(
        "salesforce/auth/authorize.py",
        "listener.bind((host, port))",
        "listener.bind((host.replace('127.0.0.1', '0.0.0.0'), port))",
        _tests("tests/end_to_end/test_sign_in.py", "-k", "one_address"),
    ),
    "a link in a folder leads anywhere": PlantedFault(
        "sources/exports/folders.py",
        "is_link and self._leads_out(place)",
        "False",
        _tests("tests/sources/exports/test_folders.py", "-k", "leads_out"),
    ),
    "every folder beside an export is the exporter's": PlantedFault(
        "sources/chat_exporter/messages.py",
        "    if _OF_WHATSAPP.match(member):\n",
        "    if member:\n",
        _tests("tests/sources/chat_exporter/test_messages.py", "-k", "folder_of_the_user"),
    ),
    "any text is an address to click": PlantedFault(
        "sources/addresses.py",
        "is_page = parts is not None and parts.scheme in _PORTS\n",
        "is_page = True\n",
        _tests("tests/sources/test_addresses.py", "-k", "l3"),
    ),
    "a plain link to any host is followed": PlantedFault(
        "sources/addresses.py",
        'parts.scheme == "https" and _is_public(',
        "bool(parts.scheme) and _is_public(",
        _tests("tests/sources/test_addresses.py", "-k", "other_links"),
    ),
    "W8: a sign-in that ended is noticed with the next message only": PlantedFault(
        "commands/sync/pipeline.py",
        "        if is_idle:\n            _check_sign_in(context)\n",
        "",
        _tests("tests/commands/sync/test_pipeline.py", "-k", "sign_in"),
    ),
    "W6: a bug of one file ends the run": PlantedFault(
        "commands/sync/uploads.py",
        "    except Exception as bug:  # whatever it is, the other files are uploaded\n",
        "    except KeyError as bug:\n",
        _tests("tests/commands/sync/test_uploads.py", "-k", "w6"),
    ),
    "a number for a host is a public name": PlantedFault(
        "sources/addresses.py",
        "not is_private_name(host) and (not is_number or",
        "not is_private_name(host) and (True or",
        _tests("tests/sources/test_addresses.py", "-k", "other_links"),
    ),
    "a token goes to the host that only the sending library sees": PlantedFault(
        "sources/addresses.py",
        "bool(_PLAIN_PLACE.fullmatch(parts.netloc)) and",
        "bool(parts.hostname) and",
        _tests("tests/sources/test_api_client.py", "-k", "two_readings"),
    ),
    "a link out of a server's folder of files takes the token": PlantedFault(
        "sources/addresses.py",
        '"" if ".." in steps else',
        '"" if False else',
        _tests("tests/sources/test_addresses.py", "-k", "folder"),
    ),
    "a browser inherits what is secret": PlantedFault(
        "core/auth.py",
        "if not _HOLDS_SECRET.fullmatch(name)",
        "if name",
        _tests("tests/end_to_end/test_sign_in.py", "-k", "browser_is_opened"),
    ),
    "the log has any text": PlantedFault(
        "log.py",
        'return fact if is_harmless else "…"',
        "return fact",
        _tests("tests/test_log.py", "-k", "masked"),
    ),
    "the log has the paths of requests": PlantedFault(
        "log.py",
        'part if part in _KNOWN_IN_PATHS else "#"',
        "part",
        _tests("tests/test_log.py", "-k", "known_words"),
    ),
    "a wrong file of settings replaces the right one": PlantedFault(
        "cli/config.py",
        "app.check_fields(file.load_draft(text, app.environment))",
        "app.check_fields(file.load(app.environment, {}))",
        _tests("tests/end_to_end/test_other_commands.py", "-k", "replace_the_file"),
    ),
    "a browser inherits the secret of a provider that forwards": PlantedFault(
        "core/auth.py",
        "(?:TOKEN|SECRET)(?:_.*)?|",
        "(?:TOKEN|SECRET)|",
        _tests("tests/core/test_auth.py"),
    ),
    "the log of runs names files": PlantedFault(
        "cli/run_record.py",
        "    if code in ABOUT_FILES:\n",
        "    if not code:\n",
        _tests("tests/end_to_end/test_runs.py", "-k", "nothing_of_a_file"),
    ),
    "webhooks are forgotten with chats only": PlantedFault(
        "commands/privacy.py",
        "    webhooks = forget_webhooks(phone)\n",
        "    webhooks = forget_webhooks(phone) if own else 0\n",
        _again("deed", "forget", "unique", "nothing", "1", "1"),
    ),
    "what some have of a window is written anew": PlantedFault(
        "commands/sync/outbox.py",
        "ledger.partially_logged(chat_id) if is_group else result.together.get(chat_id, {})",
        "result.together.get(chat_id, {})",
        _tests("tests/commands/sync/test_pipeline.py", "-k", "t7"),
    ),
    "M11: a rule's record is taken whatever its number": PlantedFault(
        "core/plan/duplicates.py",
        'not isinstance(find_record(one.plan.lead.phone, "", owner, directory), Nobody)',
        "one.named",
        _tests("tests/core/plan/test_duplicates.py"),
    ),
    "M11: a rule's record is the chat's record": PlantedFault(
        "core/plan/duplicates.py",
        "make_plan([KnownChat(chat) for chat in found], directory, context)",
        "make_plan([KnownChat(chat, __import__('wasf.core.records', fromlist=['']).Link("
        "*blocked[0].named[0])) for chat in found], directory, context)",
        _tests("tests/core/plan/test_duplicates.py"),
    ),
    "M11: duplicates are always allowed": PlantedFault(
        "salesforce/leads.py",
        "return _DESPITE_DUPLICATES if lead.allow_duplicates else NO_ASSIGNMENT",
        "return _DESPITE_DUPLICATES",
        _tests("tests/end_to_end/test_namesakes.py"),
    ),
    "M11: duplicates are allowed although nobody sees the record": PlantedFault(
        "core/plan/duplicates.py",
        "    if is_hidden or not (blocked.named or blocked.others):\n",
        "    if is_hidden and not blocked.can_be_saved:\n",
        _tests("tests/core/plan/test_duplicates.py"),
    ),
    "M11: duplicates are allowed again and again": PlantedFault(
        "core/plan/duplicates.py",
        "if blocked.can_be_saved and not blocked.plan.lead.allow_duplicates:",
        "if blocked.can_be_saved:",
        _tests("tests/core/plan/test_duplicates.py"),
    ),
    "M11: the rule is not named": PlantedFault(
        "core/plan/duplicates.py",
        'f"the duplicate rule {blocked.rule}" if blocked.rule else',
        '"" if blocked.can_be_saved is None else',
        _tests("tests/end_to_end/test_namesakes.py", "-k", "m11"),
    ),
    "M11: the rule's name is not read": PlantedFault(
        "salesforce/api/formats.py",
        'rule = result.get("duplicateRule")',
        'rule = result.get("duplicateRules")',
        _tests("tests/salesforce/test_leads.py", "-k", "m11"),
    ),
    "M11: no intent of a Lead that is created all the same": PlantedFault(
        "commands/sync/leads.py",
        "                ledger.record_lead_intent(plan.lead.phone, context.clock())\n",
        "                if not plan.lead.allow_duplicates:\n"
        "                    ledger.record_lead_intent(plan.lead.phone, context.clock())\n",
        _tests("tests/commands/sync/test_pipeline.py", "-k", "m11"),
    ),
    "M13: a name is taken although it has another number": PlantedFault(
        "core/plan/record_match.py",
        "        and not _has_number(person)\n",
        "",
        _tests("tests/core/plan/test_planner.py", "-k", "m13"),
    ),
    "M8: a Lead is made although the search did not end": PlantedFault(
        "salesforce/people.py",
        "        kind: SearchGap.TOO_SLOW if kind in slow else SearchGap.ENCRYPTED\n",
        "        kind: SearchGap.ENCRYPTED\n",
        _tests("tests/end_to_end/test_limited_search.py", "-k", "did_not_end"),
    ),
    "M8: a slow search by digits falls back to nothing": PlantedFault(
        "salesforce/people.py",
        "    found.add_all(run_queries(client, _by_number_or_name(by_spelling, wanted)))\n",
        "",
        _tests("tests/end_to_end/test_limited_search.py", "-k", "need_no_index"),
    ),
    "M8: the search index is not asked": PlantedFault(
        "salesforce/people.py",
        "    if partly and missing:\n",
        "    if not partly and missing:\n",
        _tests("tests/end_to_end/test_limited_search.py", "-k", "encrypted or index"),
    ),
    "F2: a value that is too long is cut": PlantedFault(
        "core/fields.py",
        "    if about.length and length > about.length:\n",
        "    text = text[: about.length or None]\n    if length < 0:\n",
        _tests("tests/core/test_fields.py"),
    ),
    "F2: a date field gets the day in UTC": PlantedFault(
        "core/fields.py",
        "        return at.date().isoformat()\n",
        "        return at.astimezone(UTC).date().isoformat()\n",
        _tests("tests/core/test_fields.py"),
    ),
    "F3: a restricted picklist takes any value": PlantedFault(
        "core/fields.py",
        "    if about.is_restricted and not set(parts) <= set(about.choices):\n",
        "    if about.is_restricted and not parts:\n",
        _tests("tests/core/test_fields.py"),
    ),
    "F3: a field that may not be filled is sent": PlantedFault(
        "core/fields.py",
        "    if not about.createable:\n",
        "    if about.createable is None:\n",
        _tests("tests/core/test_fields.py"),
    ),
    "T5: a subject has the time of another zone": PlantedFault(
        "core/task_text.py",
        "    at = message.sent_at.astimezone(style.zone)\n",
        "    at = message.sent_at\n",
        _tests("tests/core/test_task_text.py"),
    ),
    "R2: a closed Opportunity is taken": PlantedFault(
        "salesforce/related.py",
        "({each} AND {closed} = false)",
        "({each})",
        _RELATED,
    ),
    "R2: the Account's Opportunity comes before a role": PlantedFault(
        "core/plan/related.py",
        "relations.by_role or relations.by_account",
        "relations.by_account or relations.by_role",
        _RELATED,
    ),
    "R2: the latest comes before the owner's": PlantedFault(
        "core/plan/related.py",
        "    pool = [one for one in every if one.owner_id == owner] or every\n",
        "    pool = every\n",
        _RELATED,
    ),
    "R1: a Task on a Lead is related": PlantedFault(
        "salesforce/stored_records.py",
        '        changes["WhatId"] = to.what_id\n',
        "        pass\n",
        _tests("tests/end_to_end/test_related.py", "-k", "move_to_a_lead"),
    ),
    "doctor: an encrypted phone field is not told": PlantedFault(
        "salesforce/checks.py",
        "        closed=tuple(name for name, one in phones if not one.is_filterable),\n",
        "        closed=(),\n",
        _tests("tests/end_to_end/test_fields.py", "-k", "encrypted_phone"),
    ),
    "F1: what a chat says is a template": PlantedFault(
        "core/fields.py",
        "    return _converted(about, filled.template.fill(values))\n",
        "    again = Template.parse(filled.template.fill(values), IN_FIELDS)\n"
        "    return _converted(about, again.fill(values))\n",
        _tests("tests/core/test_fields.py", "-k", "never_a_template"),
    ),
    "F2: a Task that does not fit is sent without its field": PlantedFault(
        "core/tasks.py",
        "            if isinstance(values, UnfitValue):\n"
        "                yield values\n                return\n",
        "            if isinstance(values, UnfitValue):\n                values = ()\n",
        _tests("tests/end_to_end/test_fields.py", "-k", "does_not_fit"),
    ),
    "L4: a Lead that another machine has made is made again": PlantedFault(
        "commands/sync/leads.py",
        "        outcomes[number] = one._replace(record=next(filter(None, found), None))\n",
        "        outcomes[number] = one._replace(record=next(filter(None, ()), None))\n",
        _NEW_LEADS,
    ),
    "skip: a job goes on with the chat's Tasks": PlantedFault(
        "commands/review.py",
        "        cancel_jobs(concerned)\n",
        "        pass\n",
        _AT_WORK,
    ),
    "link: an earlier move goes on although nothing is to be moved": PlantedFault(
        "commands/link.py",
        "        context.ledger.moves.end_moves(known.chat.id, linked.elsewhere.begun)\n",
        "",
        _AT_WORK,
    ),
    "to look at a ledger brings it up to date": PlantedFault(
        "store/ledger/engines/sqlite.py",
        "        if _version(db) < VERSION:\n            return copy_database(path)\n",
        "        if _version(db) < VERSION:\n            return open_database(path)\n",
        _tests("tests/store/ledger/test_reading_in_place.py"),
    ),
    "L4: a new Lead goes without its first Task": PlantedFault(
        "commands/sync/leads.py",
        "    if not facts.key_field.is_unique:\n        return None\n",
        "    if facts.key_field.is_unique:\n        return None\n",
        _NEW_LEADS,
    ),
    "L4: a Lead stays whose Task is refused": PlantedFault(
        "salesforce/lead_tasks.py",
        "all_or_none=True",
        "all_or_none=False",
        _tests("tests/salesforce/test_lead_tasks.py", "-k", "l4"),
    ),
    "L4: more messages go into the Task that went with a Lead": PlantedFault(
        "commands/sync/earlier_writes.py",
        "        marks |= dict.fromkeys(task.messages, RecordId(task.key))\n",
        "        marks |= {}\n",
        _NEW_LEADS,
    ),
    "L4: a Task is sent again before its Lead is there": PlantedFault(
        "commands/sync/earlier_writes.py",
        "    again = [one for one in again if one.task.record]\n",
        "",
        _NEW_LEADS,
    ),
    "L4: a Task that went with a Lead grows too soon": PlantedFault(
        "commands/sync/leads.py",
        "        context.ledger.facts.save_sent_twice(now + context.quarantine)\n",
        "        pass\n",
        _NEW_LEADS,
    ),
    "L4: a text with a reference goes with a Lead": PlantedFault(
        "salesforce/lead_tasks.py",
        "bool(one.tasks) and leads.REFERENCE not in json.dumps(bodies)",
        "bool(one.tasks) and bool(bodies)",
        _tests("tests/salesforce/test_lead_tasks.py", "-k", "reference"),
    ),
    "L1: a LeadSource that the list lacks is sent again": PlantedFault(
        "salesforce/leads.py",
        "        {name: value for name, value in record.items() if name != _SOURCE}\n",
        "        dict(record)\n",
        _tests("tests/end_to_end/test_fields.py", "-k", "refusal_tells"),
    ),
    "M13: a closed Lead counts": PlantedFault(
        "core/plan/record_match.py",
        "        and not (isinstance(person, Lead) and is_closed(person, directory))\n",
        "",
        _tests("tests/core/plan/test_planner.py", "-k", "m13"),
    ),
    "M13: one of several namesakes is taken": PlantedFault(
        "core/plan/planner.py",
        "        if len(people) == 1:\n            found[phone] = people[0]\n",
        "        if people:\n            found[phone] = people[0]\n",
        _tests("tests/end_to_end/test_namesakes.py", "-k", "m13"),
    ),
    "M13: two numbers use one record": PlantedFault(
        "core/plan/planner.py",
        "if setting is SameName.USE and numbers == 1:",
        "if setting is SameName.USE:",
        _tests("tests/core/plan/test_planner.py", "-k", "m13"),
    ),
    "M13: a record linked to another number is used": PlantedFault(
        "commands/sync/delivery.py",
        "        if known.link and known.chat.phone:\n",
        "        if known.link and not known.chat.phone:\n",
        _tests("tests/commands/sync/test_pipeline.py", "-k", "m13"),
    ),
    "M13: names are not searched for": PlantedFault(
        "core/plan/planner.py",
        "names = {name for _, name in one_to_one}",
        "names = {name for phone, name in one_to_one if not phone}",
        _tests("tests/end_to_end/test_namesakes.py", "-k", "m13"),
    ),
    "M12: a Person Account counts as a business": PlantedFault(
        "core/plan/related.py",
        "        if one.person_contact_id is None:\n",
        "        if one.id:\n",
        _tests("tests/core/plan/test_planner.py", "-k", "m12"),
    ),
    "M12: a Lead is made though the chat is to wait": PlantedFault(
        "core/plan/related.py",
        "if not accounts or setting is AccountNumber.LEAD:",
        "if not accounts or setting is not AccountNumber.LOG:",
        _tests("tests/core/plan/test_planner.py", "-k", "m12"),
    ),
    "M12: an Account is remembered as the chat's record": PlantedFault(
        "commands/sync/delivery.py",
        " and target.record_type.is_person:",
        ":",
        _tests("tests/end_to_end/test_accounts.py", "-k", "log_puts"),
    ),
    "M12: a Task on an Account names it as a person": PlantedFault(
        "core/tasks.py",
        "who_id=target.record_id if is_person else None,",
        "who_id=target.record_id,",
        _tests("tests/end_to_end/test_accounts.py", "-k", "log_puts"),
    ),
    "R3: the setting goes before what a person chose": PlantedFault(
        "commands/sync/delivery.py",
        " in relations and target.what_id is None",
        " in relations",
        _tests("tests/end_to_end/test_relating.py", "-k", "before_the_setting"),
    ),
    "R3: a group that is linked is skipped": PlantedFault(
        "commands/sync/identify.py",
        "    if is_skipped and not _is_linked(chat, index):\n",
        "    if is_skipped:\n",
        _tests("tests/end_to_end/test_relating.py", "-k", "logged_once"),
    ),
    "texts stay in the ledger": PlantedFault(
        "store/ledger/ledger.py",
        "            if self._db.has_written:\n",
        "            if False:\n",
        _tests("tests/store/ledger/test_database.py", "-k", "text"),
    ),
    "a machine that lost its shared ledger goes on writing": PlantedFault(
        "salesforce/api/client.py",
        '        if method != "GET" and self._before_write is not None:\n',
        "        if False:\n",
        _tests("tests/salesforce/api/test_transport.py", "-k", "any_more"),
    ),
    "two machines write into a shared ledger at once": PlantedFault(
        "store/ledger/shared.py",
        "        if not self.server.try_lock(self._lock):\n",
        "        if False:\n",
        _tests("tests/store/ledger/test_shared.py", "-k", "at_a_time"),
    ),
    "a ledger that was moved is moved again": PlantedFault(
        "store/ledger/transfer.py",
        "            was_there = source == files.aside and self._is_there(source, server)\n",
        "            was_there = False\n",
        _tests("tests/store/ledger/test_transfer.py", "-k", "once_more"),
    ),
    "a file is the ledger again after it was moved": PlantedFault(
        "store/ledger/shared.py",
        "        if self.aside.exists():\n",
        "        if False:\n",
        _tests("tests/store/ledger/test_transfer.py", "-k", "falls_back"),
    ),
    "the file is put aside before all is copied": PlantedFault(
        "store/ledger/transfer.py",
        "                _require_empty(server)\n",
        "                _rename(source, aside)\n                source = aside\n",
        _tests("tests/store/ledger/test_transfer.py", "-k", "is_stopped"),
    ),
    "each chat that is saved costs a look at all chats": PlantedFault(
        "store/ledger/database.py",
        '    "CREATE INDEX chat_forgotten ON chat (forgotten) WHERE forgotten",\n',
        "",
        _tests("tests/store/ledger/test_chat_search.py", "-k", "no_longer"),
    ),
    "a chat is not found by a number that it got later": PlantedFault(
        "store/ledger/chats.py",
        "               by_title = excluded.by_title, by_phone = excluded.by_phone",
        "               by_title = excluded.by_title",
        _tests("tests/store/ledger/test_chat_search.py", "-k", "what_they_have"),
    ),
    "files on one machine are looked for on another": PlantedFault(
        "commands/sync/uploads.py",
        '    return pending.attachment.machine in ("", ledger.machine)\n',
        "    return True\n",
        _tests("tests/end_to_end/test_shared_ledger.py", "-k", "has_it"),
    ),
    "files that wait belong to nobody after a move": PlantedFault(
        "store/ledger/transfer.py",
        "                _give_files(server, server.machine)\n",
        "",
        _tests("tests/end_to_end/test_shared_ledger.py", "-k", "has_it"),
    ),
    "two ledgers become one": PlantedFault(
        "store/ledger/transfer.py",
        "                _require_empty(server)\n",
        "                pass\n",
        _tests("tests/store/ledger/test_transfer.py", "-k", "not_made_one"),
    ),
    "webhooks in a file of a machine with a shared ledger are left there": PlantedFault(
        "store/ledger/shared.py",
        "        if not self.files.webhooks.exists():\n",
        "        if True:\n",
        _tests("tests/store/ledger/test_transfer.py", "-k", "since_before"),
    ),
    "a machine that lost the ledger sends all the same": PlantedFault(
        "store/ledger/shared.py",
        "        self.server.vouch()\n",
        "        pass\n",
        _tests("tests/store/ledger/test_shared.py", "-k", "lost_the_session"),
    ),
    "a process that is stopped keeps a shared ledger": PlantedFault(
        "store/ledger/shared.py",
        "        self.server.keep_alive(silence, every)\n",
        "        pass\n",
        _tests("tests/store/ledger/test_shared.py", "-k", "says_nothing"),
    ),
    "a pool is taken for the server": PlantedFault(
        "store/ledger/engines/postgres.py",
        "    if backend != info.backend_pid:\n",
        "    if False:\n",
        _tests("tests/store/ledger/test_shared.py", "-k", "pool"),
    ),
    "a server that loses what it stored is fine": PlantedFault(
        "store/checks.py",
        '    if facts.fsync != "on":\n',
        "    if False:\n",
        _tests("tests/store/test_checks.py", "-k", "keep_what"),
    ),
    "the text of a skipped chat is kept": PlantedFault(
        "commands/review.py",
        "        ledger.drop(keys)\n",
        "",
        _APPROVAL,
    ),
    "a skipped chat is queued": PlantedFault(
        "commands/sync/importer.py",
        "    if context.ledger.approvals.of(chat) is Approval.SKIPPED:\n        return _import_",
        "    if False:\n        return _import_",
        _APPROVAL,
    ),
    "a new chat is logged before the yes": PlantedFault(
        "commands/sync/delivery.py",
        "        if waits_for_yes(known, context.policy):\n",
        "        if False:\n",
        _APPROVAL,
    ),
    "a yes to one chat lets all in": PlantedFault(
        "store/ledger/chat_search.py",
        '"UPDATE chat SET approval = ? WHERE number = ?", (approval, number)',
        '"UPDATE chat SET approval = ? WHERE ? > 0", (approval, number)',
        _APPROVAL,
    ),
    "a yes to an account lets in who was skipped": PlantedFault(
        "core/approval.py",
        "    if own in DECIDED:\n",
        "    if own is Approval.ALLOWED:\n",
        _APPROVAL,
    ),
    "a skipped chat is sent again": PlantedFault(
        "commands/sync/earlier_writes.py",
        "if is_unique and one.chat_id not in unapproved]",
        "if is_unique]",
        _APPROVAL,
    ),
    "X3: equal messages of one chat are double": PlantedFault(
        "store/ledger/logged_tasks.py",
        "groupby(copies, lambda copy: copy.chat_id)",
        "groupby(copies, lambda copy: copy.key)",
        _DOUBLES,
    ),
    "X3: equal messages on two records are double": PlantedFault(
        "commands/verify.py",
        "if one.stored.who_id is None or one.stored.who_id != other.stored.who_id:",
        "if one.stored.who_id is None:",
        _DOUBLES,
    ),
    "X3: a Task that holds other messages is removed": PlantedFault(
        "commands/verify.py", "        if not one.are_same:\n", "        if False:\n", _DOUBLES
    ),
    "X3: a Task that somebody changed is removed": PlantedFault(
        "commands/verify.py",
        "elif task.id in reasons:",
        "elif False:",
        _DOUBLES,
    ),
    "X3: the elder Task is removed": PlantedFault(
        "commands/verify.py",
        "elder, younger = sorted(",
        "younger, elder = sorted(",
        _DOUBLES,
    ),
    "M8: a fax is a telephone": PlantedFault(
        "sources/exports/vcards.py",
        "if not any(map(means_no_telephone, labels)):",
        "if True:",
        _tests("tests/sources/exports/test_vcards.py", "-k", "m8"),
    ),
    "M8: any number is a telephone": PlantedFault(
        "sources/exports/address_book.py",
        "_TELEPHONE.search(heading) is not None",
        "_TELEPHONE.search(heading) is not None or heading.endswith('number')",
        _tests("tests/sources/exports/test_address_book.py", "-k", "m8"),
    ),
    "W6: an inbox goes on behind a chat that failed": PlantedFault(
        "commands/sync/importer.py",
        "            (reading.hold or leave)()\n",
        "",
        _tests("tests/commands/sync/test_readings.py"),
    ),
    "W6: a bug in one message of a chat API ends its chat": PlantedFault(
        "sources/api_errors.py",
        '        return f"a message that wasf cannot read: {type(bug).__name__}"\n',
        "        raise\n",
        _tests("tests/sources/test_bulkheads.py", "-k", "message"),
    ),
    "W6: a chat that was not imported is passed for good": PlantedFault(
        "sources/chatwoot/walk.py",
        "        hold = partial(self._again.append, chat.id)\n",
        "        hold = str\n",
        _tests("tests/sources/test_bulkheads.py", "-k", "imported"),
    ),
    "W6: a window goes on behind a chat that was not imported": PlantedFault(
        "sources/evolution/api.py",
        "facts=facts, hold=self._hold)",
        "facts=facts, hold=str)",
        _tests("tests/sources/test_bulkheads.py", "-k", "imported"),
    ),
    "W6: a webhook whose chat was not imported is removed": PlantedFault(
        "sources/inbox.py",
        "        self.set_aside.update(dict.fromkeys(kept, _NOT_IMPORTED))\n",
        "        return\n",
        _tests("tests/sources/test_bulkheads.py", "-k", "imported"),
    ),
    "W6: a bug's own text is told": PlantedFault(
        "errors.py",
        'f"A bug in wasf: {type(bug).__name__}{place}.',
        'f"A bug in wasf: {bug!r}{place}.',
        _tests("tests/commands/sync/test_readings.py"),
    ),
    "a message without an id vanishes": PlantedFault(
        "sources/meta/changes.py",
        "            self.gathered.unknown.append(reason)\n",
        "",
        _tests("tests/sources/test_odd_values.py"),
    ),
    "a file of the history is of the side that it names": PlantedFault(
        "sources/meta/events.py",
        "known = Direction(side) if side else Direction.INCOMING",
        "known = Direction.INCOMING",
        _tests("tests/sources/test_history_files.py"),
    ),
    "a number that was taken over is the old person's": PlantedFault(
        "sources/customers.py",
        "        if digits and scoped and self._is_taken_over(digits, scoped):\n",
        "        if False:\n",
        _tests("tests/sources/test_customers.py"),
    ),
    "since stops at what was read": PlantedFault(
        "sources/pagination.py",
        "        return known.at is None or since <= known.at\n",
        "        return not known.reaches(self.begin)\n",
        _tests("tests/sources/timelines/test_api.py"),
    ),
    "a chat that cannot be read ends the list": PlantedFault(
        "sources/timelines/walk.py",
        "                self.unreadable.append(error_of_one(error))\n",
        "                raise error\n",
        _tests("tests/sources/timelines/test_odd_objects.py"),
    ),
    "an error of a reader ends the reading": PlantedFault(
        "sources/inbox.py",
        "    except Exception as error:  # whatever it is, only this body is set aside\n",
        "    except KeyError as error:\n",
        _tests("tests/sources/test_inbox.py"),
    ),
    "any signature lets a forwarder in": PlantedFault(
        "sources/proofs.py",
        "        return self._has_secret(head) or is_signed\n",
        "        return self.may_read(head)\n",
        _tests("tests/sources/meta/test_endpoints.py"),
    ),
    "Meta's token goes wherever a link leads": PlantedFault(
        "sources/meta/messages.py",
        "    if not _is_of_meta(link, url):\n",
        "    if not link:\n",
        _tests("tests/sources/meta/test_messages.py"),
    ),
    "a page without a row that is shown ends a chat of WAHA": PlantedFault(
        "sources/waha/client.py",
        "        elif offset:\n",
        "        if len(rows) < limit:\n",
        _tests("tests/sources/waha/test_api.py", "-k", "hidden_rows"),
    ),
    "WAHA fetches every file for a list": PlantedFault(
        "sources/waha/client.py",
        '"downloadMedia": "false"',
        '"downloadMedia": "true"',
        _tests("tests/sources/waha/test_api.py", "-k", "every_session"),
    ),
    "a hidden id is a number": PlantedFault(
        "sources/whatsapp_web.py",
        '    if server in _LIDS:\n        return f"{digits}{_LID}"\n',
        "    if server in _LIDS:\n        return digits\n",
        _tests("tests/sources/waha", "-k", "hidden"),
    ),
    "a pair that was learnt is forgotten": PlantedFault(
        "sources/whatsapp_web.py",
        "        customer = self.customers.customer(number or self.number_behind(lid), lid)\n",
        "        customer = self.customers.customer(number, lid)\n",
        _tests("tests/sources/waha/test_api.py", "-k", "learnt"),
    ),
    "a chat of WAHA that cannot be read ends the walk": PlantedFault(
        "sources/waha/api.py",
        "            except Exception as error:  # whatever it is, the other chats are read\n",
        "            except KeyError as error:\n",
        _tests("tests/sources/waha/test_api.py", "-k", "cannot_be_read"),
    ),
    "the list does not go back to a chat that could not be read": PlantedFault(
        "sources/waha/api.py",
        "        if not self._is_held:\n            return self._newest\n",
        "        if True:\n            return self._newest\n",
        _tests("tests/sources/waha/test_api.py", "-k", "goes_back"),
    ),
    "an edit that WAHA tells is lost behind its original": PlantedFault(
        "sources/whatsapp_bodies.py",
        'envelope._replace(uid=f"{envelope.uid} edited {digest}"), edited)',
        "envelope, edited)",
        _tests("tests/sources/waha", "-k", "edit"),
    ),
    "registering at WAHA removes the webhooks of others": PlantedFault(
        "sources/waha/api.py",
        "[*map(dict, others), ours]",
        "[ours]",
        _tests("tests/sources/waha/test_webhooks.py", "-k", "registering"),
    ),
    "a window of Evolution's that shows fewer than it has counts as whole": PlantedFault(
        "sources/evolution/client.py",
        "        if len(rows) >= total and is_sure:\n",
        "        if rows:\n",
        _tests("tests/sources/evolution/test_api.py", "-k", "change_places"),
    ),
    "a message of Evolution's that cannot be read is passed over": PlantedFault(
        "sources/evolution/api.py",
        "            self._is_held = True\n",
        "",
        _tests("tests/sources/evolution/test_api.py", "-k", "bad_message"),
    ),
    "a deleted text of Evolution's is logged": PlantedFault(
        "sources/evolution/client.py",
        '    if "DELETED" in one.states:  # its text stays in the table\n',
        "    if False:\n",
        _tests("tests/sources/evolution/test_api.py", "-k", "deletion"),
    ),
    "the keys of an Evolution server are kept with its webhooks": PlantedFault(
        "listener/app.py",
        "        kept = endpoint.cleaned(body) if endpoint.cleaned else body\n",
        "        kept = body\n",
        _tests("tests/listener/test_app.py", "-k", "own_are_not_kept"),
    ),
    "registering at Evolution takes the webhook of somebody else": PlantedFault(
        "sources/evolution/api.py",
        '            if there not in ("", endpoint):\n',
        "            if False:\n",
        _tests("tests/sources/evolution/test_webhooks.py", "-k", "registering"),
    ),
    "an edit in the sender's words goes to a chat with ourselves": PlantedFault(
        "sources/evolution/webhooks.py",
        "    if known is not None:\n",
        "    if False:\n",
        _tests("tests/sources/evolution/test_webhooks.py", "-k", "edit"),
    ),
    "I1: chats of one number stay apart": PlantedFault(
        "commands/sync/joins.py", "        if len(chats) > 1:\n", "        if False:\n", _TAKEN_OVER
    ),
    "I2: a chat with a name and that of its record's number stay apart": PlantedFault(
        "commands/sync/joins.py",
        "    return len(of_numbers) == 1 and _join(",
        "    return False and _join(",
        _ONE_PERSON,
    ),
    "I2: a chat with a name and that of its record's number on a Lead stay apart": PlantedFault(
        "commands/sync/joins.py",
        "    return len(alike) == 1 and _join(",
        "    return False and _join(",
        _JOINS,
    ),
    "I2: whoever shares a number with another one gets the other one's chat": PlantedFault(
        "commands/sync/joins.py",
        ">= Likeness.BY_SENT_OFTEN",
        ">= Likeness.NONE",
        _JOINS,
    ),
    "I2: a chat that may be another one of its number does not wait": PlantedFault(
        "commands/sync/joins.py",
        "any_clock=True) > Likeness.NONE:\n",
        "any_clock=True) > Likeness.BY_EQUAL:\n",
        _JOINS,
    ),
    "I2: of several numbers of a record any one is it": PlantedFault(
        "commands/sync/joins.py",
        "    if len(numbers) > 1:\n",
        "    if False:\n",
        _JOINS,
    ),
    "I2: a chat that shows little of what is known is the same": PlantedFault(
        "commands/sync/reconcile.py",
        "    return diff.comparison.count_known(diff.minutes) > 2 * _known(diff)\n",
        "    return False\n",
        _JOINS,
    ),
    "I2: a chat of which most is not known is the same": PlantedFault(
        "commands/sync/reconcile.py",
        "    if 2 * diff.overlap.strange > diff.overlap.covered:\n",
        "    if False:\n",
        _JOINS,
    ),
    "I2: what we told everybody tells whose a short export is": PlantedFault(
        "core/chat_identity.py",
        "    is_sent = not evidence.is_answered and evidence.sent_minutes >= _ENOUGH\n",
        "    is_sent = evidence.sent_minutes > 0\n",
        _NAMESAKES,
    ),
    "I2: half of what is known makes a short export the chat of its name": PlantedFault(
        "commands/sync/reconcile.py",
        "is_untold=not is_told(evidence))\n",
        "is_untold=False)\n",
        _NAMESAKES,
    ),
    "I2: a chat that waits gets the number of whom we told the same": PlantedFault(
        "commands/sync/identify.py",
        "is_same = alike >= least or ",
        "is_same = alike >= Likeness.BY_SENT or ",
        _NAMESAKES,
    ),
    "M13: a namesake with another number is the same person": PlantedFault(
        "commands/sync/identify.py",
        "    _look_up_numbers(reading.chat, index, context)\n",
        "",
        _NAMESAKES,
    ),
    "I2: an export of another time never gets a chat of its own": PlantedFault(
        "commands/sync/identify.py",
        " or (is_told_apart and not is_by_hand)\n",
        "\n",
        _NAMESAKES,
    ),
    "X1: a number takes an export from a chat that a person linked": PlantedFault(
        "commands/sync/identify.py",
        " or (is_told_apart and not is_by_hand)\n",
        " or is_told_apart\n",
        _NAMESAKES,
    ),
    "I2: what we often told everybody tells that a namesake is the same person": PlantedFault(
        "commands/sync/reconcile.py",
        "is_answered or export.is_of_another,\n",
        "is_answered,\n",
        _NAMESAKES,
    ),
    "I2: a chat that we only told something is that of each namesake": PlantedFault(
        "commands/sync/reconcile.py",
        "named.logged) and not export.is_of_another,\n",
        "named.logged),\n",
        _NAMESAKES,
    ),
    "I2: what we often told everybody joins a namesake's chat": PlantedFault(
        "commands/sync/identify.py",
        "        least = Likeness.BY_EQUAL if is_another else ",
        "        least = ",
        _NAMESAKES,
    ),
    "I6: what waits is not known in a chat that was read in another zone": PlantedFault(
        "store/ledger/joins.py",
        "    for clocks in ways:\n",
        "    for clocks in ():\n",
        _JOINS,
    ),
    "I6: of two numbers none is that of a chat that was read in another zone": PlantedFault(
        "store/ledger/joins.py",
        "[_SAME, *_clocks(self._db, one_id, other_id, zone)]\n",
        "[_SAME]\n",
        _JOINS,
    ),
    "I2: what we told everybody tells which of two numbers a chat is": PlantedFault(
        "core/chat_likeness.py",
        "lacking > (both.total() if came_in else 0):\n",
        "(came_in and lacking > both.total()):\n",
        _JOINS,
    ),
    "I2: what was changed tells nothing of whose chat it is": PlantedFault(
        "core/chat_likeness.py",
        "    changed = list(_changed_pairs(ours.messages - equal, theirs.messages - equal))\n",
        "    changed = list(_changed_pairs(Counter(), Counter()))\n",
        _JOINS,
    ),
    "I2: the first chat of a name has every export of that name": PlantedFault(
        "commands/sync/identify.py",
        "    return updated(first, found) if is_told else None\n",
        "    return None\n",
        _JOINS,
    ),
    "I2: what we told everybody tells which chat of a name an export is": PlantedFault(
        "commands/sync/identify.py",
        "    is_told = is_alike(overlap.known, overlap.lines) and ",
        "    is_told = ",
        _JOINS,
    ),
    "I6: an export that ends within a minute hides what was read before": PlantedFault(
        "commands/sync/earlier_lines.py",
        "hull(known, comparison.known_within(one.read))",
        "known",
        _tests("tests/commands/sync/test_corrected_zones.py"),
    ),
    "I6: what is new in a chat that is joined has the time of another zone": PlantedFault(
        "commands/sync/joins.py",
        "    is_todays = zone is not None and is_same(zone, context.policy.zone)\n",
        "    is_todays = False\n",
        _JOINS,
    ),
    "I2: each new chat is searched for in all others": PlantedFault(
        "store/ledger/chat_search.py",
        "        if self._asked < _MANY_LOOK_UPS:\n",
        "        if self._asked:\n",
        _tests("tests/commands/sync/test_identify.py"),
    ),
    "I2: another person of that name cannot be told": PlantedFault(
        "commands/sync/identify.py",
        "        return None if known.chat.phone or known.link else other\n",
        "        return None\n",
        _JOINS,
    ),
    "I2: what was undone stays so where a chat that is logged again is joined": PlantedFault(
        "commands/sync/joins.py",
        "        if result.again & {gone_id, stays_id}:\n",
        "        if False:\n",
        _JOINS,
    ),
    "I6: the time of what was changed is not known in the zone of then": PlantedFault(
        "commands/sync/export_diff.py",
        "        self._earlier.forget(again)\n",
        "        self._earlier.forget(())\n",
        _tests("tests/commands/sync/test_corrected_zones.py"),
    ),
    "I2: its name alone tells whose an undone chat is": PlantedFault(
        "commands/sync/importer.py",
        "    if is_doubtful and not options.accept:\n",
        "    if False:\n",
        _JOINS,
    ),
    "I2: an undone chat of a name alone takes what another number said": PlantedFault(
        "commands/sync/identify.py",
        "    return not (known.chat.is_group or known.logged or known.queued)\n",
        "    return known.chat.phone is not None and not (known.logged or known.queued)\n",
        _tests("tests/commands/sync/test_joins.py", "-k", "undone_chat"),
    ),
    "I3: what was undone comes back with an export of another clock": PlantedFault(
        "commands/sync/importer.py",
        " and (has_messages or ledger.has_undone(chat.id)):\n",
        " and has_messages:\n",
        _tests("tests/commands/sync/test_joins.py", "-k", "undone"),
    ),
    "I2: of two chats that are joined a message comes twice": PlantedFault(
        "store/ledger/joins.py",
        "    found = [one for one in repeated if one.message.waits]\n",
        "    found = []\n",
        _ONE_PERSON,
    ),
    "I2: what was logged under another id of a chat is new": PlantedFault(
        "store/ledger/messages.py",
        "        for other in other_ids:\n",
        "        for other in other_ids[:0]:\n",
        _JOINS,
    ),
    "I3: what has an id is not known by its text": PlantedFault(
        "commands/sync/importer.py", "    if indexes:\n", "    if False:\n", _LIVES
    ),
    "I3: an export does not know what came with an id": PlantedFault(
        "commands/sync/export_diff.py",
        "        if self._states[MessageState.NEW] and self._comparison.has_other_keys:\n",
        "        if False:\n",
        _LIVES,
    ),
    "I3: messages with an id are not known a minute beside": PlantedFault(
        "store/ledger/repeats.py",
        "    for by in (0, -1, 1):\n",
        "    for by in (0,):\n",
        _JOINS,
    ),
    "I3: an API does not know what was exported in a wrong time zone": PlantedFault(
        "store/ledger/repeats.py",
        "    if not texts:\n",
        "    if texts:\n",
        _JOINS,
    ),
    "I3: by how much exports are off is told each time anew": PlantedFault(
        "store/ledger/repeats.py",
        "    save_chat_profile(db, chat_id, replace(profile, offsets=offsets))\n",
        "",
        _JOINS,
    ),
    "I3: an export does not know what an API told by another clock": PlantedFault(
        "commands/sync/earlier_lines.py",
        "                if moved_minute(minute - shift, offsets) == minute:\n",
        "                if False:\n",
        _JOINS,
    ),
    "I3: a line that is equal hides that an export is of another clock than an API": PlantedFault(
        "commands/sync/reconcile.py",
        " or (covers_none and _lacks_most(diff))\n",
        "\n",
        _JOINS,
    ),
    "I3: an export does not tell by how much it is off": PlantedFault(
        "commands/sync/export_diff.py",
        "        if is_of_known_clock:\n",
        "        if False:\n",
        _JOINS,
    ),
    "I3: what waits does not know by how much its clock is off": PlantedFault(
        "core/zones.py",
        "    if now.offsets:\n",
        "    if False:\n",
        _JOINS,
    ),
    "I6: a changed message is known by the first zone only": PlantedFault(
        "commands/sync/export_diff.py",
        "        yield from self._earlier.changed_otherwise(self._comparison, known, used)\n",
        "",
        _tests("tests/commands/sync/test_corrected_zones.py", "-k", "copy"),
    ),
    "I6: a known minute that was read in several zones is of the earlier one": PlantedFault(
        "core/zones.py",
        "        by_today = [minute] if not by_earlier or _is_within(self.read, minute) else []\n",
        "        by_today = [] if by_earlier else [minute]\n",
        _SEVERAL_ZONES,
    ),
    "I6: an id is known by the first zone alone that was read at its time": PlantedFault(
        "commands/sync/reconcile.py",
        "for some in minutes] for turn in range(most - 1)]\n",
        "for some in minutes] for turn in range(min(1, most - 1))]\n",
        _SEVERAL_ZONES,
    ),
    "I6: chats are joined by the first zone alone that was read at a minute": PlantedFault(
        "core/zones.py",
        "        return [partial(self._minute_now, turn) for turn in range(most)]\n",
        "        return [partial(self._minute_now, turn) for turn in range(1)]\n",
        _SEVERAL_ZONES,
    ),
    "I2: an export that is cut within a minute lacks what it does not show of it": PlantedFault(
        "core/chat_likeness.py",
        "rest.items() if minute not in ends)\n",
        "rest.items())\n",
        _JOINS,
    ),
    "I3: few texts tell by how much a clock is on": PlantedFault(
        "core/alignment.py",
        "    if len(moves) >= _TELLING_TEXTS:\n",
        "    if moves:\n",
        _tests("tests/core/test_diff.py", "-k", "clock"),
    ),
    "I3: a text of time that no export shows tells that a clock was changed": PlantedFault(
        "core/alignment.py",
        "    return found if is_told else None\n",
        "    return found\n",
        _CLOCK_CHANGE,
    ),
    "I6: few texts do not tell that a clock was changed": PlantedFault(
        "core/alignment.py",
        "        is_beside = abs(minute + shift - by_base) == _HOUR\n",
        "        is_beside = False\n",
        _CLOCK_CHANGE,
    ),
    "I6: two texts that contradict each other tell that a clock was changed": PlantedFault(
        "core/alignment.py",
        "        if not is_beside or (found is not None and found.shift != shift):\n",
        "        if not is_beside:\n",
        _CLOCK_CHANGE,
    ),
    "I6: what waits by the clock of a server is not known by that of an export": PlantedFault(
        "store/ledger/joins.py",
        "    for clocks in _other_clocks(db, gone, stays, but=used):\n",
        "    for clocks in ():\n",
        _JOINS,
    ),
    "I6: what waits by the clock of another phone is logged twice": PlantedFault(
        "commands/sync/joins.py",
        "not (known.logged or known.queued):\n",
        "known:\n",
        _JOINS,
    ),
    "I2: two chats that only another clock tells apart contradict each other": PlantedFault(
        "store/ledger/joins.py",
        "    return not _other_clocks(self._db, one, other, by_ids=False)\n",
        "    return True\n",
        _JOINS,
    ),
    "I6: of two numbers none is that of a chat that a server tells in another zone": PlantedFault(
        "store/ledger/joins.py",
        "by_ids=False) if any_clock else []\n",
        "by_ids=False) if False else []\n",
        _JOINS,
    ),
    "I6: what waits by another clock is joined at wrong times": PlantedFault(
        "store/ledger/joins.py",
        "by_ids=False) if any_clock else []\n",
        "by_ids=False)\n",
        _JOINS,
    ),
    "I3: what is said every day is said once": PlantedFault(
        "core/alignment.py", "DAY = 24 * 60\n", "DAY = 0\n", _JOINS
    ),
    "I5: the next person with a number is the same one": PlantedFault(
        "core/chat_identity.py",
        "        known.get(source, user) != user for source, user in",
        "        False for source, user in",
        _JOINS,
    ),
    "X3: what two joined chats had logged is forgotten": PlantedFault(
        "store/ledger/joins.py",
        "            if not one.message.waits\n",
        "            if False\n",
        _TAKEN_OVER,
    ),
    "T3a: an edit between the look and the write is lost": PlantedFault(
        "salesforce/stored_records.py",
        'headers = {"If-Unmodified-Since": http_date(grows.read_at), **NO_ASSIGNMENT}',
        "headers = {**NO_ASSIGNMENT} if http_date(grows.read_at) else {}",
        _tests("tests/salesforce", "-k", "meanwhile_does_not_grow"),
    ),
    "T3a: a lost request is sent twice by itself": PlantedFault(
        "salesforce/api/client.py",
        "path, body, headers, once=True)",
        "path, body, headers)",
        _GROWTH_FAULT,
    ),
    "T3a: what cannot be appended any more is not looked up again": PlantedFault(
        "commands/sync/growth.py",
        "    late = _resolve_found(changed, context, facts.key_field)\n",
        "    late = _LookedUp([], changed)\n",
        _GROWTH_LOST,
    ),
    "T3a: a Task that is not found is given up": PlantedFault(
        "commands/sync/growth.py",
        "    again = [one for one in arrived.missing if one.chat_id not in unapproved]\n",
        "    again = list[Intent]()\n"
        "    ledger.resolve([TaskNotSent(one.task.key) for one in arrived.missing])\n",
        _GROWTH_LOST,
    ),
    "T3a: what a person changed is not seen": PlantedFault(
        "core/tasks.py",
        "    return not (is_touched or changed) and record == target.record_id\n",
        "    return bool(changed or True) and record == target.record_id\n",
        _GROWTH,
    ),
    "T3a: an edit within the minute is not seen": PlantedFault(
        "core/tasks.py",
        "    return not (is_touched or changed) and",
        "    return not is_touched and",
        _GROWTH,
    ),
    "T3a: a Task of this very second grows": PlantedFault(
        "commands/sync/growth.py",
        "        if context.clock() - state.modified.at < _SETTLED:\n",
        "        if context.clock() < state.modified.at - _SETTLED:\n",
        _GROWTH,
    ),
    "T3a: a Task grows although its first request may still arrive": PlantedFault(
        "commands/sync/growth.py",
        "    return until is not None and context.clock() < until\n",
        "    return until is not None and context.clock() < context.clock()\n",
        _tests("tests/commands/sync/test_growth.py", "-k", "first_request_may_still_arrive"),
    ),
    "T3a: the first text forges a message": PlantedFault(
        "core/task_text.py",
        "before.description if before.end > 1 else _indented_alone(before.description)",
        "before.description if before.end else _indented_alone(before.description)",
        _GROWTH,
    ),
    "T3a: a part of a text grows": PlantedFault(
        "store/ledger/logged_tasks.py",
        "        if is_one_of_several or len(stored) > 1",
        "        if len(stored) > 1",
        _tests("tests/store/ledger/test_logged_tasks.py", "-k", "no_other and sqlite"),
    ),
    "T3a: the earlier run keeps what has grown": PlantedFault(
        "store/ledger/logged_tasks.py",
        'f"""UPDATE logged SET run = {THIS_RUN}, written = NULL',
        'f"""UPDATE logged SET written = NULL, run = run + 0 * {THIS_RUN}',
        _GROWTH,
    ),
    "report: an answer counts from the last question": PlantedFault(
        "core/report.py",
        "            if asked is None:\n                asked = at\n",
        "            asked = at\n",
        _REPORT,
    ),
    "report: the end of a period counts": PlantedFault(
        "core/report.py",
        "        if at >= self._until:\n",
        "        if at > self._until:\n",
        _REPORT,
    ),
    "report: a skipped chat waits": PlantedFault(
        "core/report.py",
        "        if asked is not None and not reported.is_skipped:\n",
        "        if asked is not None:\n",
        _REPORT,
    ),
    "report: what this machine logged counts twice": PlantedFault(
        "core/report.py",
        "            others.pop(key, None)\n",
        "            others.get(key)\n",
        _REPORT,
    ),
    "report: a Task of several messages leaves a question open": PlantedFault(
        "core/report.py",
        "            asked, is_first_answer = None, False\n",
        "            is_first_answer = False\n",
        _REPORT,
    ),
    "report: the percentile is one place off": PlantedFault(
        "core/report.py",
        "ordered[-(-9 * count // 10) - 1]",
        "ordered[9 * count // 10 - 1]",
        _REPORT,
    ),
    "report: an hour that comes twice counts once": PlantedFault(
        "core/moments.py",
        "        if before == after:\n",
        "        if before:\n",
        _REPORT,
    ),
    "report: messages of one second have no order": PlantedFault(
        "store/ledger/message_times.py",
        "    ORDER BY chat, at, arrival, outgoing",
        "    ORDER BY chat, at, outgoing",
        _tests("tests/store/ledger/test_message_times.py", "-k", "second and sqlite"),
    ),
    "report: a spreadsheet runs a name": PlantedFault(
        "console/report_output.py",
        '    return f"\'{text}" if text.lstrip().startswith(_FORMULA) else text\n',
        "    return text\n",
        _REPORT_SHOWN,
    ),
    "report: a name is an element of the page": PlantedFault(
        "console/report_html.py",
        "    return escape(safe(text))\n",
        "    return str(escape and safe(text))\n",
        _REPORT_SHOWN,
    ),
    "T11: texts are measured in their own language": PlantedFault(
        "core/task_text.py",
        "    return utf16_length(indented) + block.spare\n",
        "    return utf16_length(indented)\n",
        _TASK_WORDS,
    ),
    "T11: doubles differ by the language": PlantedFault(
        "core/task_text.py",
        "    if body in IN_ENGLISH:\n",
        "    if not IN_ENGLISH:\n",
        _TASK_WORDS,
    ),
    "T11: a Task that is logged is taken for one of today's words": PlantedFault(
        "store/ledger/outbox.py",
        "THEN logged_task.written ELSE",
        "THEN excluded.written ELSE",
        _tests("tests/commands/sync/test_pipeline.py", "-k", "participant_who_is_gone"),
    ),
    "the Tasks of a job are no intents": PlantedFault(
        "commands/sync/bulk_jobs.py",
        "        jobs.record_intent(job, chat_ids, tasks, now)\n",
        "        pass\n",
        _JOBS,
    ),
    "the id of a job is kept after its upload": PlantedFault(
        "commands/sync/bulk_jobs.py",
        """    context.ledger.jobs.created(number, made)
    refusal = rows.upload(made)
""",
        """    refusal = rows.upload(made)
    context.ledger.jobs.created(number, made)
""",
        _JOBS,
    ),
    "what is in no result counts as logged": PlantedFault(
        "commands/sync/job_results.py",
        "if key in found else TaskNotSent(key)",
        "if key in found else TaskLogged(key, intents[0].task.who_id)",
        _JOBS,
    ),
    "jobs are made where keys are not unique": PlantedFault(
        "commands/sync/bulk_jobs.py",
        "    if not facts.key_field.is_unique:\n",
        "    if False:\n",
        _JOBS,
    ),
    "a job goes before any call": PlantedFault(
        "commands/sync/bulk_jobs.py",
        "    log_messages(chosen, context, facts, result, most=LARGEST_BATCH)\n",
        "",
        _JOBS,
    ),
    "the rows of a job are not sorted by record": PlantedFault(
        "commands/sync/bulk_jobs.py",
        "key=lambda one: one.targets[0].record_id\n",
        "key=lambda one: one.chat.id\n",
        _JOBS,
    ),
    "what somebody aborted is sent another way at once": PlantedFault(
        "commands/sync/job_results.py",
        "        result.no_more_jobs = result.was_aborted = True\n",
        "        result.no_more_jobs = True\n",
        _JOBS,
    ),
    "a job that is gone has written nothing": PlantedFault(
        "core/bulk_jobs.py",
        "    if status is None:\n        return NextStep.LOOK_UP\n",
        "    if status is None:\n        return NextStep.NOT_SENT\n",
        _JOB_STEPS,
    ),
    "an empty job is left open": PlantedFault(
        "core/bulk_jobs.py",
        "else NextStep.ABORT\n",
        "else NextStep.NOT_SENT\n",
        _JOB_STEPS,
    ),
    "a row that met a lock is refused": PlantedFault(
        "core/bulk_jobs.py",
        "refusal.code in (LOCKED, NO_ACCESS)",
        "refusal.code == NO_ACCESS",
        _JOB_STEPS,
    ),
    "a refused Task is sent again in the same run": PlantedFault(
        "commands/sync/outbox.py",
        "                result.refused_tasks.add(outcome.key)\n",
        "",
        _JOBS,
    ),
    "line ends of a table are those of the text": PlantedFault(
        "salesforce/bulk_jobs.py",
        """.replace("\\r\\n", "\\n").replace("\\r", "\\n")""",
        "",
        _TABLES,
    ),
    "a text that says no value goes into a table": PlantedFault(
        "salesforce/bulk_jobs.py",
        "        _NO_VALUE not in row.values()\n        and ",
        "        ",
        _TABLES,
    ),
    "columns are those of the first row": PlantedFault(
        "salesforce/bulk_jobs.py",
        "        if is_wider and not is_first:\n",
        "        if False:\n",
        _TABLES,
    ),
    "results are split at every line end": PlantedFault(
        "salesforce/bulk_jobs.py",
        """        *whole, left = (left + piece).split(b"\\n")\n""",
        """        *whole, left = map(str.encode, (left + piece).decode().splitlines())\n""",
        _TABLES,
    ),
    "Tasks of jobs are looked up as others": PlantedFault(
        "store/ledger/outbox.py",
        "WHERE job IS NULL ",
        "",
        _tests("tests/store/ledger/test_ledger.py", "-k", "job and InAFile"),
    ),
    "forget: a job goes on with the person's Tasks": PlantedFault(
        "commands/privacy.py",
        '    in_jobs = cancel_jobs_of_chats(ids, context, "this person")\n',
        "    in_jobs = 0\n",
        _AT_WORK,
    ),
    "a job at work is aborted, whatever it is writing": PlantedFault(
        "commands/sync/job_results.py",
        "status.state is not JobState.UPLOADED:\n",
        "status.state.is_over:\n",
        _AT_WORK,
    ),
    "X1: what a job held stays on the earlier record": PlantedFault(
        "commands/sync/job_results.py",
        "    if moved := finish_moves(context):",
        "    if moved := 0:",
        _AT_WORK,
    ),
    "X1: a record is left that a job is going to write on": PlantedFault(
        "commands/sync/moves.py",
        "refused | elsewhere.job_records",
        "refused",
        _AT_WORK,
    ),
    "W5: an undo does not wait for the job of its run": PlantedFault(
        "commands/undo.py",
        "    in_jobs = wait_for_jobs(jobs, context)\n",
        "    in_jobs = 0\n",
        _AT_WORK,
    ),
    "W5: the Tasks of a job are another run's": PlantedFault(
        "store/ledger/bulk_jobs.py",
        "resolve(self._db, outcomes, run)",
        "resolve(self._db, outcomes)",
        _AT_WORK,
    ),
    "a proof takes any commit for one that is on the disk": PlantedFault(
        "store/ledger/database.py",
        "        on_disk += is_on_disk\n",
        "        on_disk += 1\n",
        _tests("tests/store/ledger/test_shared.py", "-k", "waits_for_no_disk"),
    ),
    "a job that stands still is fine": PlantedFault(
        "core/checks/forecasts.py",
        "    if age > _LONG_JOB:\n",
        "    if False:\n",
        _tests("tests/core/checks/test_forecasts.py", "-k", "job"),
    ),
    "the storage is foretold by what was ever logged": PlantedFault(
        "store/ledger/facts.py",
        "FROM logged WHERE minute >= ? AND run <> 0",
        "FROM logged WHERE minute <> ? AND run <> 0",
        _tests("tests/store/ledger/test_ledger.py", "-k", "rate and InAFile"),
    ),
    "an undo reads all Tasks for each one": PlantedFault(
        "store/ledger/database.py",
        "ON logged_task (task_id)",
        "ON logged_task (run, task_id)",
        _tests("tests/store/ledger/test_query_plans.py", "-k", "sqlite"),
    ),
    "a step of a job is not kept": PlantedFault(
        "store/ledger/bulk_jobs.py",
        """"UPDATE bulk_job SET id = ?, step = ? WHERE number = ?\"""",
        """"UPDATE bulk_job SET id = ?, step = 'planned' WHERE number = ? AND step <> ?\"""",
        _tests("tests/store/ledger/test_ledger.py", "-k", "job and InAFile"),
    ),
}


def plant(name: str) -> Tally:
    """Plant one fault, and check that what must see it fails."""
    tally = Tally()
    tally.counts["planted faults"] += 1
    fault = PLANTED_FAULTS[name]
    if fault.old not in (REPOSITORY / "wasf" / fault.file).read_text(encoding="utf-8"):
        tally.fail(("planted", name), f"{name}: there is no such place in {fault.file} any more")
        return tally
    with _planted(fault) as copy:
        is_seen = _is_seen(copy, fault)
    if is_seen:
        tally.counts["seen"] += 1
    else:
        tally.fail(("planted", name), f"{name}: nothing saw it")
    return tally


def without_faults(name: str) -> Tally:
    """Check that what must see a fault passes in a copy without one: else it would say nothing."""
    tally = Tally()
    tally.counts["without a fault"] += 1
    done = warm_modules.run(PLANTED_FAULTS[name].seen_by, _copy(), _LONGEST)
    if done.returncode == 0:
        tally.counts["green"] += 1
    else:
        tally.fail(("without-faults", name), f"{name}: red without it, too\n{done.stdout[-2000:]}")
    return tally


@cache
def _copy() -> Path:
    """Return a copy of the program and its tests, which all cases of this process share."""
    folder = TemporaryDirectory(prefix="wasf-planted-")
    atexit.register(folder.cleanup)
    copy = Path(folder.name)
    for part in ("wasf", "tests"):
        shutil.copytree(REPOSITORY / part, copy / part)  # compiled already, which saves time
    shutil.copy(REPOSITORY / "pyproject.toml", copy)
    return copy


@contextmanager
def _planted(fault: PlantedFault) -> Iterator[Path]:
    """Plant a fault in the copy, and take it out again."""
    copy = _copy()
    target = copy / "wasf" / fault.file
    source = target.read_text(encoding="utf-8")
    try:
        _write(target, source.replace(fault.old, fault.new, 1))
        yield copy
    finally:
        _write(target, source)


def _write(module: Path, source: str) -> None:
    """Write a module, and remove what was compiled of it: two versions may look equally new."""
    module.write_text(source, encoding="utf-8")
    for compiled in (module.parent / "__pycache__").glob(f"{module.stem}.*.pyc"):
        compiled.unlink()


def _is_seen(copy: Path, fault: PlantedFault) -> bool:
    """Whether the tests ran, and failed; that they broke is not enough."""
    is_replay = "tests.gates.replay" in fault.seen_by
    words = (*fault.seen_by[:2], *((FIRST,) if is_replay else ()), *fault.seen_by[2:])
    done = warm_modules.run(words, copy, _LONGEST)
    said = "  again: python" if is_replay else " failed"
    return done.returncode == 1 and said in done.stdout
