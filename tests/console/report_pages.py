"""Reports to show as a page: names of several scripts, hostile ones, and many rows."""

from datetime import UTC, datetime, timedelta

from tests.core.builders import BERLIN
from wasf.console import report_page
from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.records import Link, RecordId, RecordType
from wasf.core.report import GroupedBy, Report, ReportedChat, ReportQuestion, make_report
from wasf.store.ledger import UnknownTimes

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
ORG = "https://example.my.salesforce.com"
NAMES = (
    "Ada Example",
    "شخص تجريبي 123",
    "דוגמה ישראלית",
    "अनीता उदाहरण",
    "<script>document.title='gone'</script>",
    '"><img src=x onerror=alert(1)>',
    "W" * 300,
    "\u202eevil\u0007\nname",
)
"""Of customers; the first ones are written from right to left."""


def a_report(*names: str, **question) -> Report:
    """Return a report in which every second customer has an answer and all others wait."""
    asked = int((NOW - timedelta(hours=30)).timestamp())
    chats = []
    for number, name in enumerate(names):
        about = Chat(
            id=ChatId(f"chat {number}"),
            source="export",
            title=name,
            name=name,
            phone=Phone(f"+4477009{number:05}"),
            whatsapp_account='<i title="Sales">',
            owner_email=f"{'sales.team' * 5}{number % 3}@example.com",
        )
        link = Link(RecordType.LEAD, RecordId(f"00Q{number:012}AAA"))
        times = [(asked, 0), (asked + 60 * (number + 1), 1), (asked + 9_000, 0)]
        last = [(asked + 9_000 + number * 500, 1)] if number % 2 else []
        chats.append((ReportedChat(about, link, new_leads=1), times + last))
    usual = {"now": NOW, "zone": BERLIN, "by": GroupedBy.CHAT, "sla": timedelta(minutes=5)}
    return make_report(chats, ReportQuestion(**usual | question))


def a_page(*names: str, **question) -> str:
    """Return the page of such a report."""
    return report_page(a_report(*names, **question), UnknownTimes(7, 0, 2), ORG)
