"""Notices are known by their words, and long lines cost no memory."""

from wasf.sources.exports import notices


def test_no_long_line_is_remembered() -> None:
    """A line may have a megabyte, and a file many such lines."""
    before = notices._remember_group_words.cache_info().currsize

    assert not notices.is_group_notice("x" * 1000)
    assert notices.is_group_notice("x" * 1000 + " created group")

    assert notices._remember_group_words.cache_info().currsize == before
