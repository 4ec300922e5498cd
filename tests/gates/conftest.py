"""Prints the totals of the gates, one line each, where everybody sees them."""

import pytest

from tests.gates.parallel import ALL, LINES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """pytest's own hook."""
    if LINES:
        terminalreporter.section("totals of the gates")
        for line in (*LINES, f"all gates: {ALL.line()}"):
            terminalreporter.write_line(line)
