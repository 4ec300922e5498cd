"""How far each chat and each list of chats was read, as small facts that the ledger keeps."""

import json
from datetime import datetime
from typing import NamedTuple, Self

from wasf.interfaces import Recall


class Cursor(NamedTuple):
    """Everything from `since` (None: the beginning) to `at` was read; `uid` is the last message's.

    Of a list of chats `uid` is "". Times are in UTC.
    """

    at: datetime | None = None
    since: datetime | None = None
    uid: str = ""

    @classmethod
    def recalled(cls, recall: Recall, name: str) -> Self | None:
        """The cursor under that name, None if there is none."""
        kept = recall(name)
        if not kept:
            return None
        at, since, uid = json.loads(kept)
        return cls(_moment(at), _moment(since), uid)

    def as_text(self) -> str:
        """As the ledger keeps it."""
        return json.dumps([_shown(self.at), _shown(self.since), self.uid])

    def reaches(self, since: datetime | None) -> bool:
        """Whether nothing older than what was read is asked for; None asks for nothing older."""
        return since is None or self.since is None or self.since <= since


def _shown(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _moment(shown: str) -> datetime | None:
    return datetime.fromisoformat(shown) if shown else None
