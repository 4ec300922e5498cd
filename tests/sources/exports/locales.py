"""How phones write dates and times in every locale that Babel knows (CLDR): data for the tests.

    python -m tests.sources.exports.locales

writes `locales.json` anew: to ask Babel takes longer than to collect all tests of exports.
Date and time are CLDR patterns; in the glue, {1} is the date and {0} the time. Many locales write
the same; of those only one is here, with the shortest name.
"""

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).with_suffix(".json")
LATIN = "0123456789"
_ZEROS = {
    "adlm": 0x1E950, "arab": 0x660, "arabext": 0x6F0, "beng": 0x9E6, "cakm": 0x11136,
    "deva": 0x966, "gujr": 0xAE6, "guru": 0xA66, "hmnp": 0x1E140, "khmr": 0x17E0, "knda": 0xCE6,
    "laoo": 0xED0, "mlym": 0xD66, "mtei": 0xABF0, "mymr": 0x1040, "nkoo": 0x7C0, "olck": 0x1C50,
    "orya": 0xB66, "tamldec": 0xBE6, "telu": 0xC66, "thai": 0xE50, "tibt": 0xF20,
}  # fmt: skip


class Locale(NamedTuple):
    """One locale's short date, short and medium time, words for before and after noon, and glue.

    `digits` are those that its phones write unless a person sets others, `own_digits` those of the
    script, the same or Latin ones if there are none.
    """

    name: str
    date: str
    time: str
    time_with_seconds: str
    am: str
    pm: str
    glue: str
    digits: str
    own_digits: str

    @property
    def language(self) -> str:
        """The language, `zh` of `zh_HK`."""
        return self.name.partition("_")[0]

    @property
    def is_first_year_short(self) -> bool:
        """Whether a date begins with two digits of the year."""
        return re.match("yy(?!y)", self.date) is not None


def _digits(system: str | None) -> str:
    zero = _ZEROS.get(system or "", ord("0"))
    return "".join(chr(zero + number) for number in range(10))


def _of(name: str) -> Locale:
    from babel import Locale as BabelLocale  # slow: loaded where the file is checked

    found = BabelLocale.parse(name)
    words = found.day_periods["format"]["abbreviated"]
    usual = _digits(found.default_numbering_system)
    native = _digits(found.other_numbering_systems.get("native"))
    return Locale(
        name=name,
        date=found.date_formats["short"].pattern,
        time=found.time_formats["short"].pattern,
        time_with_seconds=found.time_formats["medium"].pattern,
        am=words["am"],
        pm=words["pm"],
        glue=re.sub("'([^']*)'", r"\1", str(found.datetime_formats["short"])),
        digits=usual,
        own_digits=native if usual == LATIN else usual,
    )


def _different(locales: list[Locale]) -> tuple[Locale, ...]:
    """One locale for each form, by its shortest name; words count only where they are written."""
    found: dict[tuple[str, ...], Locale] = {}
    for locale in sorted(locales, key=lambda one: (len(one.name), one.name)):
        words = (locale.am, locale.pm) if re.search("[ab]", locale.time) else ()
        form = (locale.date, locale.time, locale.time_with_seconds, locale.glue, *words)
        found.setdefault((*form, locale.digits, locale.own_digits), locale)
    return tuple(found.values())


def names() -> tuple[str, ...]:
    """Return the names of all locales that Babel knows."""
    from babel.localedata import locale_identifiers  # slow: loaded where the file is checked

    return tuple(name for name in sorted(locale_identifiers()) if name != "root")


def as_babel_has_them() -> tuple[Locale, ...]:
    """Return what `LOCALES` is made of."""
    return _different([_of(name) for name in names()])


WRITTEN_BY, *_ROWS = json.loads(_FILE.read_text("utf-8")) if _FILE.exists() else [""]
"""The version of Babel whose locales these are, and the locales."""

LOCALES = tuple(Locale(*row) for row in _ROWS)

if __name__ == "__main__":
    lines = [
        json.dumps(one, ensure_ascii=False) for one in (version("babel"), *as_babel_has_them())
    ]
    _FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")
