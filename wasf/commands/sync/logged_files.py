"""Files that need not be read again: all of their messages are logged (see `LoggedFiles`)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2b

from wasf.commands.sync.run import ImportedChat
from wasf.core.chats import ChatId
from wasf.core.records import KnownChat
from wasf.core.source_state import LOGGED_FILES, LoggedFile, logged_files, logged_files_text
from wasf.interfaces import FileState, Unchanged
from wasf.store.ledger import Ledger

_DAY = timedelta(days=1)


class LoggedFiles:
    """The files of which all was logged when they were last read, less than a day ago.

    A file that is as it was under the same settings need not be read again while the ledger knows
    its chat just as it did then, nothing of that waits, and nothing was undone. A file that was
    written again in the same place is as it was if it has the same bytes; under another name they
    may be of another chat.
    """

    def __init__(self, ledger: Ledger, now: datetime) -> None:
        self._ledger, self._now = ledger, now
        self._kept: dict[str, LoggedFile] | None = None

    def find_unchanged(self, file: FileState) -> Unchanged | None:
        """Return what the last reading of a file gave, None if it has to be read."""
        if self._kept is None:
            self._kept = self._recent()
        kept = self._kept.get(file.name)
        known = self._logged_chats.get(kept.chat) if kept else None
        if kept is None or known is None:
            return None
        is_rewritten = kept.state != file.state
        if is_rewritten and not _has_same_bytes(kept, file):
            return None
        rewritten = file if is_rewritten else None
        return Unchanged(known.chat.id, known.chat.title, kept.messages, kept.notices, rewritten)

    @cached_property
    def _logged_chats(self) -> dict[str, KnownChat]:
        """The chats of which nothing waits or was undone, by hashes of what is known of them."""
        undone = self._ledger.undone_chats()
        chats = self._ledger.chats()
        return {_hash(one): one for one in chats if not one.queued and one.chat.id not in undone}

    def remember(
        self,
        chats: Sequence[ImportedChat],
        logged: frozenset[ChatId],
        rewritten: Sequence[FileState],
    ) -> None:
        """Keep of which files all is logged, after a run that went to its end.

        `logged` are the chats of which all is logged now. The files that were `rewritten` were not
        read, so that they are as old as they were.
        """
        read = [(one.file, one) for one in chats if one.file]
        if not (read or rewritten):
            return
        ids = logged.intersection(one.chat_id for _, one in read)
        known = {one.chat.id: _hash(one) for one in self._ledger.search.of_ids(ids)}
        kept = self._recent()
        for file, one in read:
            kept.pop(file.name, None)
            if one.is_all_taken and one.chat_id in known and (content := file.content()):
                facts = (file.state, file.size, content, known[one.chat_id])
                kept[file.name] = LoggedFile(*facts, one.messages, one.notices, self._now)
        for file in rewritten:
            if before := kept.get(file.name):
                kept[file.name] = before._replace(state=file.state)
        text = logged_files_text(kept)
        if text != self._ledger.facts.source_fact(LOGGED_FILES):
            self._ledger.facts.save_source_facts({LOGGED_FILES: text})

    def _recent(self) -> dict[str, LoggedFile]:
        kept = logged_files(self._ledger.facts.source_fact(LOGGED_FILES))
        ages = {name: self._now - one.at for name, one in kept.items()}
        return {name: one for name, one in kept.items() if timedelta(0) <= ages[name] < _DAY}


def _has_same_bytes(kept: LoggedFile, file: FileState) -> bool:
    return kept.size == file.size and kept.content == file.content()


def _hash(known: KnownChat) -> str:
    """Return a hash that changes with everything that the ledger knows of a chat."""
    return blake2b(repr(known).encode(errors="surrogatepass"), digest_size=16).hexdigest()
