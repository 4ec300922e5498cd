"""Whether a line is a notice that tells of a chat: that it is encrypted, or that it is a group."""

from functools import lru_cache

from wasf.sources.exports import notices
from wasf.sources.exports.marks import fold_phrase

_LONGEST_OPENING, _LONGEST_NOTICE = 120, 300
_ENCRYPTION = tuple(map(fold_phrase, notices.ENCRYPTION))


def is_encryption_notice(text: str) -> bool:
    """Whether it is the notice that a chat is encrypted, with which most exports begin."""
    return _begins_like_encryption(text[:_LONGEST_OPENING])


@lru_cache(512)
def _begins_like_encryption(text: str) -> bool:
    return fold_phrase(text).startswith(_ENCRYPTION)


def is_group_notice(text: str) -> bool:
    """Whether it is a notice that only groups have."""
    # What is remembered is short: a line may be a megabyte.
    return _has_group_words(text) if len(text) <= _LONGEST_NOTICE else _look_for_group_words(text)


def _look_for_group_words(text: str) -> bool:
    return any(part in text for part in notices.GROUP)


_has_group_words = lru_cache(512)(_look_for_group_words)
