"""What people, programs and spreadsheets see of `wasf report`."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from wasf.console.json_output import SCHEMA, JsonObject
from wasf.console.screen_text import safe
from wasf.core.records import record_address
from wasf.core.text import counted, local_minute

if TYPE_CHECKING:
    from wasf.core.report import AnswerTimes, GroupFigures, OtherTasks, Report, WaitingCustomer
    from wasf.store.ledger import UnknownTimes

_WAITING_SHOWN = 20
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")

_NOBODY = {"owner": "(no owner)", "account": "(no account)"}


# --- For programs ------------------------------------------------------------------------------


def report_json(report: Report, unknown: UnknownTimes, instance_url: str) -> JsonObject:
    """Return the result of `wasf report`.

    * `since` (inclusive) and `until` (exclusive), null without one; `by`; `sla_s`, null without one
    * `groups`: `{group, name, chats, messages_in, messages_out, new_leads, first_answers,
      answers}`. `group` is an owner's e-mail, an account's name, a week such as `2026-W11`, or a
      chat's id; null where no owner or account is known. `name` is a chat's title.
    * `first_answers` and `answers`: `{count, median_s, p90_s, within_sla}`, seconds, of working
      time with `--hours`; null where there is no answer; `within_sla` is a share from 0 to 1
    * `waiting`: `{chat, name, number, since, age_s, owner, record}`, the longest first; `record` is
      an address, null where the chat has no record
    * `group_chats`: `{chats, messages_in, messages_out}`, which are in none of the groups
    * `from_salesforce`: `{tasks, several, messages_untold, without_fields}`: the Tasks of other
      machines that count; those with several messages, and how many of these are not told; those
      that do not say when or by which side. Null without `--from-salesforce`
    * `unknown`: what earlier versions of wasf did not keep: `messages_without_time` are in no
      figure, of `messages_without_order` only the minute is known, `leads_without_chat` are in no
      group
    """
    asked = report.question
    return {
        "schema": SCHEMA,
        "since": asked.since and asked.since.astimezone(asked.zone).isoformat(),
        "until": asked.until and asked.until.astimezone(asked.zone).isoformat(),
        "by": asked.by,
        "sla_s": asked.sla and int(asked.sla.total_seconds()),
        "groups": [_group(one) for one in report.groups],
        "waiting": [_waiting(one, report, instance_url) for one in report.waiting],
        "group_chats": report.group_chats._asdict(),
        "from_salesforce": report.others and report.others._asdict(),
        "unknown": {
            "messages_without_time": unknown.without_time,
            "messages_without_order": unknown.without_order,
            "leads_without_chat": unknown.leads_without_chat,
        },
    }


def _group(figures: GroupFigures) -> JsonObject:
    return {
        "group": figures.group or None,
        "name": figures.name or None,
        "chats": figures.chats,
        "messages_in": figures.messages_in,
        "messages_out": figures.messages_out,
        "new_leads": figures.new_leads,
        "first_answers": _answers(figures.first_answers),
        "answers": _answers(figures.answers),
    }


def _answers(times: AnswerTimes) -> JsonObject:
    return {
        "count": times.count,
        "median_s": _whole(times.median),
        "p90_s": times.p90,
        "within_sla": times.within_sla,
    }


def _whole(seconds: float | None) -> float | None:
    """Return whole seconds as an integer; only the mean of two may be a half."""
    return int(seconds) if seconds is not None and seconds == int(seconds) else seconds


def _waiting(one: WaitingCustomer, report: Report, instance_url: str) -> JsonObject:
    chat = one.chat.chat
    return {
        "chat": chat.id,
        "name": chat.name or chat.title,
        "number": chat.phone,
        "since": one.since.astimezone(report.question.zone).isoformat(),
        "age_s": one.age,
        "owner": one.chat.owner or None,
        "record": waiting_address(one, instance_url) or None,
    }


def waiting_address(one: WaitingCustomer, instance_url: str) -> str:
    """Return the address of the record of who waits, "" without one."""
    link = one.chat.link
    return record_address(instance_url, link.record_id, link.record_type) if link else ""


# --- For spreadsheets --------------------------------------------------------------------------


def report_csv(report: Report) -> str:
    """Return the groups as CSV (RFC 4180); names are those of the JSON, flattened with dots.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    rows = [_flat(_group(one)) for one in report.groups]
    file = io.StringIO()
    writer = csv.DictWriter(file, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return file.getvalue()


_ANSWER_COLUMNS = ("count", "median_s", "p90_s", "within_sla")
_COLUMNS = (
    *("group", "name", "chats", "messages_in", "messages_out", "new_leads"),
    *(f"{part}.{name}" for part in ("first_answers", "answers") for name in _ANSWER_COLUMNS),
)


def _flat(value: JsonObject) -> JsonObject:
    flat: JsonObject = {}
    for name, inner in value.items():
        if isinstance(inner, dict):
            flat |= {f"{name}.{below}": each for below, each in inner.items()}
        else:
            flat[name] = inner
    return flat


def _cell(value: object) -> object:
    """Return a cell that a spreadsheet takes for what it is; "" for nothing."""
    if not isinstance(value, str):
        return "" if value is None else value
    text = safe(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


# --- For people --------------------------------------------------------------------------------


def report_table(report: Report) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return the groups as a table: its columns and its rows."""
    columns = [report.question.by, "chats", "in", "out", "Leads", "first answers", "answers"]
    return columns, [
        (
            group_name(report, one),
            f"{one.chats:,}",
            f"{one.messages_in:,}",
            f"{one.messages_out:,}",
            f"{one.new_leads:,}",
            _spell(one.first_answers, report),
            _spell(one.answers, report),
        )
        for one in report.groups
    ]


def group_name(report: Report, figures: GroupFigures) -> str:
    """Return what people call a group."""
    return figures.name or figures.group or _NOBODY.get(report.question.by, "")


def _spell(times: AnswerTimes, report: Report) -> str:
    """Return median, 90th percentile, and the share in time."""
    if times.median is None or times.p90 is None:
        return "–"
    share = "" if times.within_sla is None else f", {times.within_sla:.0%}"
    return f"{length(times.median, report)}, {length(times.p90, report)}{share}"


def length(seconds: float, report: Report) -> str:
    """Return a length of time in its two largest units: `45s`, `3m30s`, `12m`, `3h05m`, `2d04h`.

    Working time has no days, because nobody can tell how long one is.
    """
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m{whole % _MINUTE:02}s".removesuffix("00s")
    if whole < _DAY or report.question.hours:
        return f"{whole // _HOUR}h{whole % _HOUR // _MINUTE:02}m"
    return f"{whole // _DAY}d{whole % _DAY // _HOUR:02}h"


def report_text(report: Report, unknown: UnknownTimes, instance_url: str) -> list[str]:
    """Say what stands below the table: how to read it, and who waits."""
    return [
        *_legend(report),
        *report_notes(report, unknown),
        "",
        *_waiting_text(report, instance_url),
    ]


def _legend(report: Report) -> list[str]:
    if not report.groups:
        return ["No messages in this time."]
    asked = report.question
    share = f", share within {length(asked.sla.total_seconds(), report)}" if asked.sla else ""
    working = ", in working time" if asked.hours else ""
    return [f"Answers: median, 90th percentile{share}{working}."]


def report_notes(report: Report, unknown: UnknownTimes) -> list[str]:
    """Say what the groups leave out, and what is not known exactly."""
    return [*_group_chats(report), *_others(report.others), *_unknown(unknown)]


def _group_chats(report: Report) -> list[str]:
    chats, came, went = report.group_chats
    if not chats:
        return []
    return [f"Group chats, not counted above: {chats:,}, with {came:,} in and {went:,} out."]


def _others(others: OtherTasks | None) -> list[str]:
    if others is None:
        return []
    lines = [f"Of other machines: {counted(others.tasks, 'Task')} in Salesforce, counted above."]
    if others.several:
        tasks = f"{counted(others.several, 'Task')} of several messages"
        untold = counted(others.messages_untold, "message")
        lines.append(f"{tasks}: only the first counts, {untold} left out.")
    if others.without_fields:
        tasks = counted(others.without_fields, "Task")
        lines.append(f"{tasks} without a field for time or side: not counted.")
    return lines


def _unknown(unknown: UnknownTimes) -> list[str]:
    lines = []
    if unknown.without_time:
        count = counted(unknown.without_time, "message")
        lines.append(f"{count} of an earlier wasf without a time: not counted.")
    if unknown.without_order:
        count = counted(unknown.without_order, "message")
        lines.append(f"{count} of an earlier wasf: in one minute the customer's come first.")
    if unknown.leads_without_chat:
        count = counted(unknown.leads_without_chat, "new Lead")
        lines.append(f"{count} of an earlier wasf cannot be told to a chat: not counted.")
    return lines


def _waiting_text(report: Report, instance_url: str) -> list[str]:
    waiting = report.waiting
    if not waiting:
        return ["Nobody waits for an answer."]
    lines = [f"Waiting for an answer now: {counted(len(waiting), 'customer')}"]
    for one in waiting[:_WAITING_SHOWN]:
        chat = one.chat.chat
        since = local_minute(one.since, report.question.zone)
        owner = f", {one.chat.owner}" if one.chat.owner else ""
        lines.append(
            f"  {length(one.age, report):>7}  {chat.title_and_number}, since {since}{owner}"
        )
        if address := waiting_address(one, instance_url):
            lines.append(f"{'':11}{address}")
    if len(waiting) > _WAITING_SHOWN:
        lines.append(f"  and {len(waiting) - _WAITING_SHOWN:,} more. All: wasf report --json")
    return lines
