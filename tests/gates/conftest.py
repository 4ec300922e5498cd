"""Prints the totals of the gates, one line each, where everybody sees them."""

import pytest

from tests.gates.sharing import LINES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """pytest's own hook."""
    if LINES:
        terminalreporter.section("totals of the gates")
        for line in LINES:
            terminalreporter.write_line(line)
