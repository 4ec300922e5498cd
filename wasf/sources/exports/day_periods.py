"""The words that phones write around a time: parts of the day (`PM`, `下午`), units (`น.`).

The words are data of CLDR, in the abbreviation that phones show, and of exports that were found. A
word of which two languages have opposite meanings is left out: it is better refused than misread.
"""

import re
from collections.abc import Callable
from enum import Enum
from typing import Final

AROUND_WORD = " \u00a0\u202f\u2009_"
"""What may stand between a time and its word."""

_DROPPED = re.compile("[\\s.·_'’\"״\u2068\u2069\u200b-\u200f\u202a-\u202e]+")
_HALF_DAY = 12
_FIRST_EVENING_HOUR = 6
_LAST_NOON_HOUR = 4


class DayPeriod(Enum):
    """A part of the day: before noon, after noon, around noon, around midnight."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    NOON = "noon"
    NIGHT = "night"


# Without case, blanks, dots and quotes.
_WORDS: Final = {
    DayPeriod.MORNING: (
        "am a ص صباحا صباحًا قظ ق قبلازظهر πμ de öö sa pg pd дп dop fm ap vm vorm "
        "vormittags morgens пробяд проб претпл priešpiet priekšp पूर्वाह्न सुबह ਪੂਦੁ ጥዋት לפנהצ "
        "上午 凌晨 清晨 早上 午前 朝 "
        "오전 아침 새벽 පෙව fh rn үө ກ່ອນທ່ຽງ နံနက် to mañana madrugada delamañana delamadrugada "
        "ఉ s v förmiddag paradite eparadites ก่อนเที่ยง "
        "matin dumatin mattina dimattina manhã damanhã madrugada damadrugada ранку утра sáng "
        "saaku an পূৰ্বাহ্ন སྔ་ཆ་ སྔ་དྲོ་ wd صبح gh ቅቀ hh फुं ፋዱስጃብ ᏌᎾᎴ بن ϧⲙ ᐊᒼ सवेर lb ጽባሕ ntufat "
        "भोर নুমাং ǁgoagas rw soodo ማለዶ 上晝 sf غم एएम ଏଏମ ఎఎమ్ 𞤀𞤎 subaka"
    ),
    DayPeriod.AFTERNOON: (
        "pm p م مساء مساءً بظ ب بعدازظهر μμ du ös ch ptg md пп odp em ip nm nachm "
        "nachmittags abends слоб сл попл popiet pēcp अपराह्न दोपहर शाम ਬਾਦੁ ከሰዓት אחהצ "
        "下午 晚上 傍晚 午後 夕方 "
        "오후 저녁 පව eh in үх ຫຼັງທ່ຽງ ညနေ tk tarde delatarde noche delanoche après-midi soir dusoir "
        "సా c n eftermiddag pasdite epasdites หลังเที่ยง "
        "pomeriggio dipomeriggio sera disera tarde datarde noite danoite дня вечора вечера chiều "
        "tối pop carra anw অপৰাহ্ন ཕྱི་ཆ་ ཕྱི་དྲོ་ wb شام gd ድቀ ea बेलासे ፋዱስደምቢ ᏒᎯᏱᎢ دن ⲙⲙ ᐲᒼ सञ sn ምሴት "
        "ntmeddit सांझ ǃuias tŋ hawwaro ቃማ 下晝 ym غو पीएम ପିଏମ పిఎమ్ 𞤇𞤎 kikiiɗe"
    ),
    DayPeriod.NOON: (
        "mittags 中午 正午 昼 noon mediodía delmediodía midi mezzogiorno meio-dia trưa m"
    ),
    DayPeriod.NIGHT: (
        "nachts 午夜 深夜 夜 夜中 真夜中 자정 밤 रात midnight mitternacht ночи ночі đêm éjjel"
    ),
}
# Thai, Sorbian; the second of French in Canada.
_UNITS: Final = ("น", "hodź", "s")


def _fold_word(word: str) -> str:
    return _DROPPED.sub("", word).casefold()


_PERIODS: Final = {
    _fold_word(word): period for period, words in _WORDS.items() for word in words.split()
}
_FOLDED_UNITS: Final = frozenset(map(_fold_word, _UNITS))
_HOUR_RULES: dict[DayPeriod, Callable[[int], int]] = {
    DayPeriod.MORNING: lambda hour: hour,
    DayPeriod.AFTERNOON: lambda hour: hour + _HALF_DAY,
    DayPeriod.NOON: lambda hour: hour + _HALF_DAY if hour <= _LAST_NOON_HOUR else hour,
    DayPeriod.NIGHT: lambda hour: hour + _HALF_DAY if hour >= _FIRST_EVENING_HOUR else hour,
}


def period_of(word: str) -> DayPeriod | None:
    """Return the part of the day that a word means, None if it means none."""
    return _PERIODS.get(_fold_word(word))


def is_unit(word: str) -> bool:
    """Return whether a word behind a time is a unit, which says nothing of the part of the day."""
    return _fold_word(word) in _FOLDED_UNITS


def hour_of_day(hour: int, period: DayPeriod) -> int:
    """Return the hour from 0 to 23. Beyond 12 the hour itself is clear and the word is ignored."""
    return hour if hour > _HALF_DAY else _HOUR_RULES[period](hour % _HALF_DAY)
