"""Runs one case of a gate again: `python -m tests.gates.replay one-point new-lead unique 17 1`.

Of several cases `--first` before them runs those up to the first that fails.
"""

import sys
from collections.abc import Callable

from tests.gates import (
    chat_faults,
    command_scenarios,
    faults,
    fuzz,
    kills,
    long_lives,
    mutants,
    profiles,
    shortage,
    stops,
    whole_lives,
)
from tests.gates.parallel import FIRST, Enough, Tally

GATES: dict[str, Callable[..., Tally]] = {
    "one-point": kills.at_one_point,
    "pair": kills.at_that_pair,
    "moment": kills.at_any_moment,
    "machines": kills.between_machines,
    "deed": command_scenarios.killed,
    "deed-pair": command_scenarios.killed_twice,
    "lives": long_lives.lives,
    "whole-lives": whole_lives.whole_lives,
    "planted": mutants.plant,
    "without-faults": mutants.without_faults,
    "fuzz": fuzz.fuzz,
    "fault": faults.at_that_request,
    "chat-fault": chat_faults.one,
    "late": faults.late,
    "no-room": shortage.no_room,
    "no-handles": shortage.no_handles,
    "read-only": shortage.read_only,
    "at-once": faults.at_once,
    "late-requests": stops.between_question_and_request,
    "sessions": stops.with_sessions_ended,
    "stops": stops.while_another_machine_works,
    "profile": profiles.run,
}


def main(words: list[str]) -> int:
    """Say what the case came to; 1 if it failed."""
    Tally.ends_at_first = words[0] == FIRST
    name, *rest = words[1:] if Tally.ends_at_first else words
    try:
        tally = GATES[name](*(int(word) if word.isdecimal() else word for word in rest))
    except Enough as failed:
        print(failed)
        return 1
    print(dict(tally.counts), *tally.failed or ["good"], sep="\n")
    return bool(tally.failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
