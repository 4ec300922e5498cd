"""`wasf report --html`: the report as one file for a browser, a mail or a printer.

The file needs nothing from outside: no script, no font, no image, and its Content-Security-Policy
lets a browser load none. That is also why no library draws the bars. Such a library would bring
megabytes of scripts, which mail programs do not run, for what is three rectangles a row here.

All that comes from chats and from Salesforce is made harmless (`safe`) and escaped. It stands in an
element that finds its own direction, so that an Arabic name turns nothing around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from wasf.console.report_output import group_name, length, report_notes, waiting_address
from wasf.console.screen_text import safe
from wasf.core.text import counted, local_minute

if TYPE_CHECKING:
    from wasf.core.report import AnswerTimes, GroupFigures, Report, WaitingCustomer
    from wasf.store.ledger import UnknownTimes

_MOST_ROWS: Final = 500
"""Of a table; with 5,000 chats a browser would take long, and nobody reads so far."""

_WIDTH: Final = 1000
"""Units of a bar that fills its cell."""

_MARK: Final = 8
"""Units between a mark and the end of its cell, so that it is seen whole."""

_STYLE: Final = """
:root { color-scheme: light dark; --page: #ffffff; --text: #1b1f24; --faint: #57606a;
  --line: #d0d7de; --link: #0550ae; --strong: #1f6f54; --weak: #7d8590; --mark: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --page: #14171c; --text: #e8eaed; --faint: #a8b0ba;
  --line: #3a414b; --link: #8ab4f8; --strong: #4cc38a; --weak: #6e7681; --mark: #ff8a80; } }
@media print { :root { color-scheme: light; --page: #ffffff; --text: #000000; --faint: #444444;
  --line: #bbbbbb; --link: #000000; --strong: #1f6f54; --weak: #7d8590; --mark: #b3261e; }
  tr, .figures { break-inside: avoid; } thead { display: table-header-group; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem; background: var(--page);
  color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .faint, th { color: var(--faint); } a { color: var(--link); }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0; padding: 0; }
.figures div { display: flex; flex-direction: column-reverse; } .figures dd { margin: 0;
  font-size: 1.5rem; font-weight: 600; } .figures dt { color: var(--faint); }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: start; vertical-align: top; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid var(--line); font-weight: normal; }
bdi { overflow-wrap: anywhere; }
tbody th { color: var(--text); font-weight: 600; min-width: 12rem; }
svg { display: block; width: 100%; min-width: 6rem; height: .6rem; margin-top: .3rem; }
.strong { fill: var(--strong); } .weak { fill: var(--weak); }
.mark, .halo { vector-effect: non-scaling-stroke; stroke: var(--page); stroke-width: 6px; }
.mark { stroke: var(--mark); stroke-width: 3px; }
@media screen and (max-width: 40rem) { body { padding: 1rem; } thead { display: none; }
  .figures { display: grid; grid-template-columns: 1fr 1fr; }
  table, tbody, tr, th, td { display: block; } tr { padding: .5rem 0;
  border-bottom: 1px solid var(--line); } th, td { border: 0; padding: .1rem 0; }
  td::before { content: attr(data-label) ": "; color: var(--faint); } }
"""


def report_page(report: Report, unknown: UnknownTimes, instance_url: str) -> str:
    """Return the report as an HTML document."""
    body = "\n".join(
        [
            "<h1>WhatsApp report</h1>",
            _paragraph(_period(report)),
            _totals(report),
            *_groups(report),
            *_waiting(report, instance_url),
            *map(_paragraph, report_notes(report, unknown)),
        ]
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>WhatsApp report</title>
<style>{_STYLE}</style>
</head>
<body>
{body}
</body>
</html>
"""


def _foreign(text: str) -> str:
    """Return a text from outside: harmless, escaped, in its own direction."""
    return f'<bdi dir="auto">{_escaped(text)}</bdi>'


def _escaped(text: str) -> str:
    """Return a text that a browser and a person can read without harm."""
    from html import escape  # slow to load, and most commands write no page

    return escape(safe(text))


def _paragraph(text: str) -> str:
    return f'<p class="faint">{_escaped(text)}</p>'


def _period(report: Report) -> str:
    """Return which time the report is about, and when it was made."""
    asked = report.question
    since = f" since {local_minute(asked.since, asked.zone)}" if asked.since else ""
    until = f" until {local_minute(asked.until, asked.zone)}" if asked.until else ""
    when = f"Messages{since}{until}" if since or until else "All messages"
    made = local_minute(asked.now, asked.zone)
    return f"{when}, by {asked.by}. Made on {made} ({asked.zone})."


def _totals(report: Report) -> str:
    """Return the figures of all groups together; a chat may be in several weeks."""
    groups = report.groups
    figures = {
        "messages in": sum(one.messages_in for one in groups),
        "messages out": sum(one.messages_out for one in groups),
        "new Leads": sum(one.new_leads for one in groups),
        "waiting now": len(report.waiting),
    }
    each = (f"<div><dt>{name}</dt><dd>{number:,}</dd></div>" for name, number in figures.items())
    return f'<dl class="figures">{"".join(each)}</dl>'


# --- Groups ------------------------------------------------------------------------------------


def _groups(report: Report) -> Iterator[str]:
    yield f"<h2>By {report.question.by}</h2>"
    if not report.groups:
        yield _paragraph("No messages in this time.")
        return
    yield _paragraph("Messages: green for those in, grey for those out.")
    yield _paragraph(_legend(report))
    columns = (report.question.by, "chats", "messages", "new Leads", "first answers", "answers")
    yield from _table(columns, _group_rows(report, columns))
    yield from _rest(len(report.groups), "group", "--csv FILE")


def _group_rows(report: Report, columns: tuple[str, ...]) -> Iterator[str]:
    groups = report.groups
    sla = report.question.sla.total_seconds() if report.question.sla else 0.0
    most = max(one.messages_in + one.messages_out for one in groups)
    answers = [times for one in groups for times in (one.first_answers, one.answers)]
    longest = max(sla, *(times.p90 or 0 for times in answers))
    for one in groups[:_MOST_ROWS]:
        cells = (
            f"{one.chats:,}",
            _messages(one, most),
            f"{one.new_leads:,}",
            _answers(one.first_answers, report, longest),
            _answers(one.answers, report, longest),
        )
        yield _row(_foreign(group_name(report, one)), columns, cells)


def _messages(one: GroupFigures, most: int) -> str:
    both = one.messages_in + one.messages_out
    bar = _bar(one.messages_in / most, both / most)
    return f"{one.messages_in:,} in, {one.messages_out:,} out{bar}"


def _answers(times: AnswerTimes, report: Report, longest: float) -> str:
    """Return median and percentile with their bar, and the share in time."""
    if times.median is None or times.p90 is None:
        return "–"
    share = "" if times.within_sla is None else f", {times.within_sla:.0%}"
    shown = f"{length(times.median, report)}, {length(times.p90, report)}{share}"
    scale = longest or 1
    asked = report.question.sla
    mark = asked.total_seconds() / scale if asked else None
    return shown + _bar(times.median / scale, times.p90 / scale, mark)


def _legend(report: Report) -> str:
    """Say what the numbers and the bars of answers are."""
    asked = report.question
    working = ", in working time" if asked.hours else ""
    if asked.sla is None:
        return f"Answers: median (green), 90th percentile (grey){working}."
    sla = length(asked.sla.total_seconds(), report)
    return f"Answers: median (green), 90th percentile (grey), share within {sla} (mark){working}."


def _bar(strong: float, weak: float, mark: float | None = None) -> str:
    """Return a bar of two parts, and a mark; each is given by where it ends, from 0 to 1.

    The numbers beside it say the same, so that screen readers pass over it.
    """
    parts = [
        _rectangle("weak", weak * _WIDTH),
        _rectangle("strong", strong * _WIDTH),
        "" if mark is None else _line("halo", mark) + _line("mark", mark),
    ]
    box = f'viewBox="0 0 {_WIDTH} 10" preserveAspectRatio="none" aria-hidden="true"'
    return f"<svg {box}>{''.join(parts)}</svg>"


def _rectangle(name: str, width: float) -> str:
    return f'<rect class="{name}" x="0" width="{width:.0f}" height="10"/>'


def _line(name: str, place: float) -> str:
    """Return a line across a bar; it is as wide in a narrow cell as in a wide one."""
    across = min(max(place * _WIDTH, _MARK), _WIDTH - _MARK)
    return f'<path class="{name}" d="M{across:.0f} 0V10"/>'


# --- Who waits ---------------------------------------------------------------------------------


def _waiting(report: Report, instance_url: str) -> Iterator[str]:
    waiting = report.waiting
    yield "<h2>Waiting for an answer now</h2>"
    if not waiting:
        yield _paragraph("Nobody waits for an answer.")
        return
    columns = ("customer", "waits", "since", "number", "owner", "record")
    rows = (_customer(one, report, instance_url, columns) for one in waiting[:_MOST_ROWS])
    yield from _table(columns, rows)
    yield from _rest(len(waiting), "customer", "--json")


def _customer(
    one: WaitingCustomer, report: Report, instance_url: str, columns: tuple[str, ...]
) -> str:
    chat = one.chat.chat
    cells = (
        length(one.age, report),
        local_minute(one.since, report.question.zone),
        _foreign(chat.phone or "–"),
        _foreign(one.chat.owner or "–"),
        _link(waiting_address(one, instance_url)),
    )
    return _row(_foreign(chat.name or chat.title), columns, cells)


def _link(address: str) -> str:
    if not address.startswith(("https://", "http://")):
        return "–"
    return f'<a href="{_escaped(address)}" rel="noreferrer">open</a>'


# --- Tables ------------------------------------------------------------------------------------


def _table(columns: tuple[str, ...], rows: Iterable[str]) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{name}</th>' for name in columns)
    yield f"<table><thead><tr>{heads}</tr></thead><tbody>"
    yield from rows
    yield "</tbody></table>"


def _row(head: str, columns: tuple[str, ...], cells: tuple[str, ...]) -> str:
    """Return a row; on narrow screens each cell has the name of its column before it."""
    named = zip(columns[1:], cells, strict=True)
    tail = "".join(f'<td data-label="{name}">{cell}</td>' for name, cell in named)
    return f'<tr><th scope="row">{head}</th>{tail}</tr>'


def _rest(count: int, noun: str, option: str) -> Iterator[str]:
    if count > _MOST_ROWS:
        more = counted(count - _MOST_ROWS, noun)
        yield _paragraph(f"And {more} more. All: wasf report {option}")
