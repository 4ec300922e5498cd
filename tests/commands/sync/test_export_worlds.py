"""Many made-up chats, brought in as many exports: nothing is lost, nothing is taken twice.

The gate takes 20,000 of them. A case that fails prints the line that shows it again.
"""

import os
import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.commands.sync.export_worlds import FAMILIES, Verdict, judge
from tests.samples import one_in

CHATS = int(os.environ.get("WASF_IDENTITY_CHATS", "5000"))
FIRST = int(os.environ.get("WASF_IDENTITY_SEED", "0"))
FIGURES = ("exports", "stops", "lost", "double", "undecidable", "wrote", "needless_stops")


def run(family: str, seed: int) -> Verdict:
    return judge(FAMILIES[family](random.Random(f"{family} {seed}")), family)


def replay(family: str, seed: int) -> str:
    case = "tests/commands/sync/test_export_worlds.py::test_one_case -m gate"
    return f"WASF_IDENTITY_CASE='{family}:{seed}' pytest {case}"


def totals(family: str, seeds: range) -> tuple[Counter[str], list[str]]:
    """The figures of some chats of a family, and what failed."""
    sums: Counter[str] = Counter()
    failed = []
    for seed in seeds:
        verdict = run(family, seed)
        sums.update({name: getattr(verdict, name) for name in FIGURES})
        if not verdict.is_right:
            failed.append(f"{replay(family, seed)}  # {verdict}")
    return sums, failed


PROPERTIES = {
    "superset": "P2",
    "then older": "P3",
    "windows": "P4",
    "start cut": "P6",
    "cut minutes": "P6",
    "reordered": "P7",
    "renamed": "P8",
    "edited": "P8",
    "deleted": "P8",
    "media": "P8",
    "shifted": "P9",
    "other zone": "P9",
    "foreign": "P12",
    "seconds": "P13",
    "other phone": "P13",
}


def _named(family: str) -> str:
    return f"{PROPERTIES.get(family, 'P14')} {family}"


@pytest.mark.parametrize("family", one_in(2, FAMILIES, _named))
def test_a_few_chats_of_each_family(family: str) -> None:
    sums, failed = totals(family, range(1_000_000, 1_000_012))
    assert not failed, "\n".join(failed)
    assert sums["exports"] > sums["stops"]


@pytest.mark.gate
def test_nothing_is_lost_and_nothing_is_taken_twice() -> None:
    each = -(-CHATS // len(FAMILIES))
    parts = [
        (family, range(FIRST + start, FIRST + min(start + 125, each)))
        for family in FAMILIES
        for start in range(0, each, 125)
    ]
    by_family: dict[str, Counter[str]] = {family: Counter() for family in FAMILIES}
    failed: list[str] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(totals, *zip(*parts, strict=True))
        for (family, _), (sums, wrong) in zip(parts, results, strict=True):
            by_family[family].update(sums)
            failed += wrong
    for family, sums in by_family.items():
        print(f"{family:12} {each} chats:", ", ".join(f"{n} {sums[n]:,}" for n in FIGURES))
    everything = sum(by_family.values(), Counter())
    print(
        f"identity: {each * len(FAMILIES):,} chats of {len(FAMILIES)} families, "
        f"{everything['exports']:,} exports, lost {everything['lost']}, "
        f"double {everything['double']}, stopped {everything['stops']:,} "
        f"(writes though stopped: {everything['wrote']}), "
        f"lines nobody can tell: {everything['undecidable']}"
    )
    assert not failed, "\n".join(failed)


@pytest.mark.gate
@pytest.mark.skipif("WASF_IDENTITY_CASE" not in os.environ, reason="names no case")
def test_one_case() -> None:
    family, _, seed = os.environ["WASF_IDENTITY_CASE"].partition(":")
    for export in FAMILIES[family](random.Random(f"{family} {seed}")):
        print("--", "changed:", sorted(export.changed))
        for event, message in export.lines:
            print(event.number, f"{message.sent_at:%m-%d %H:%M}", *message[1:5], sep=" | ")
    verdict = run(family, int(seed))
    assert verdict.is_right, verdict
