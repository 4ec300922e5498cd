"""What the words for parts of the day mean (`PM`, `p. m.`, `下午`): data, and one rule for each."""

import re
from collections.abc import Callable
from enum import Enum

_DROPPED = re.compile("[\\s.·_'’\"״\u2068\u2069\u200b-\u200f\u202a-\u202e]+")
_HALF_DAY = 12
_FIRST_EVENING_HOUR = 6
_LAST_NOON_HOUR = 4


class Period(Enum):
    """A part of the day: before noon, after noon, around noon, around midnight."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    NOON = "noon"
    NIGHT = "night"


# As phones write them (CLDR), without case, blanks, dots and quotes.
_WORDS = {
    Period.MORNING: (
        "am a ص صباحا صباحًا قظ ق قبلازظهر πμ de öö sa pg pd дп dop fm ap vm vorm "
        "vormittags morgens пробяд проб претпл priešpiet priekšp पूर्वाह्न सुबह ਪੂਦੁ ጥዋት לפנהצ "
        "上午 凌晨 清晨 早上 午前 朝 "
        "오전 아침 새벽 පෙව fh rn үө ກ່ອນທ່ຽງ နံနက် to mañana madrugada delamañana delamadrugada "
        "ఉ s v förmiddag paradite eparadites ก่อนเที่ยง "
        "matin dumatin mattina dimattina manhã damanhã madrugada damadrugada ранку утра sáng dop"
    ),
    Period.AFTERNOON: (
        "pm p م مساء مساءً بظ ب بعدازظهر μμ du ös ch ptg md пп odp em ip nm nachm "
        "nachmittags abends слоб сл попл popiet pēcp अपराह्न दोपहर शाम ਬਾਦੁ ከሰዓት אחהצ "
        "下午 晚上 傍晚 午後 夕方 "
        "오후 저녁 පව eh in үх ຫຼັງທ່ຽງ ညနေ tk tarde delatarde noche delanoche après-midi soir dusoir "
        "సా c n eftermiddag pasdite epasdites หลังเที่ยง "
        "pomeriggio dipomeriggio sera disera tarde datarde noite danoite дня вечора вечера chiều "
        "tối pop"
    ),
    Period.NOON: "mittags 中午 正午 昼 noon mediodía delmediodía midi mezzogiorno meio-dia trưa m",
    Period.NIGHT: (
        "nachts 午夜 深夜 夜 夜中 真夜中 자정 밤 रात midnight mitternacht ночи ночі đêm éjjel"
    ),
}


def fold_word(word: str) -> str:
    """A word as the table has it."""
    return _DROPPED.sub("", word).casefold()


_PERIODS = {fold_word(word): period for period, words in _WORDS.items() for word in words.split()}


def period_of(word: str) -> Period | None:
    """What a word means, None if it is no known one."""
    return _PERIODS.get(fold_word(word))


def hour_of_day(hour: int, period: Period) -> int:
    """The hour from 0 to 23. An hour beyond 12 says so itself and the word is ignored."""
    return hour if hour > _HALF_DAY else _RULES[period](hour % _HALF_DAY)


_RULES: dict[Period, Callable[[int], int]] = {
    Period.MORNING: lambda hour: hour,
    Period.AFTERNOON: lambda hour: hour + _HALF_DAY,
    Period.NOON: lambda hour: hour + _HALF_DAY if hour <= _LAST_NOON_HOUR else hour,
    Period.NIGHT: lambda hour: hour + _HALF_DAY if hour >= _FIRST_EVENING_HOUR else hour,
}
