"""How phones write dates and times in 99 locales (CLDR, from Babel 2.18): data for the tests.

Date and time are CLDR patterns; in the glue, {1} is the date and {0} the time. `{202F}` and
`{200F}` are those characters. An iPhone's time has seconds behind the minutes.
"""

from typing import NamedTuple


class Locale(NamedTuple):
    """One locale's short date, short time, words for before and after noon, and glue."""

    name: str
    date: str
    time: str
    am: str
    pm: str
    glue: str

    @property
    def language(self) -> str:
        """The language, `zh` of `zh_HK`."""
        return self.name.partition("_")[0]

    @property
    def time_with_seconds(self) -> str:
        """The time as iPhones write it."""
        if self.name == "fr_CA":
            return "HH 'h' mm 'min' ss 's'"
        separator = self.time[self.time.index("mm") - 1]
        return self.time.replace("mm", f"mm{separator}ss")


_TABLE = """
en_US | M/d/yy | h:mm{202F}a | AM | PM | {1}, {0}
en_GB | dd/MM/y | HH:mm | am | pm | {1}, {0}
en_CA | y-MM-dd | h:mm{202F}a | a.m. | p.m. | {1}, {0}
en_AU | d/M/yy | h:mm{202F}a | am | pm | {1}, {0}
en_IN | dd/MM/yy | h:mm{202F}a | am | pm | {1}, {0}
en_ZA | y/MM/dd | HH:mm | am | pm | {1}, {0}
en_IE | dd/MM/y | HH:mm | am | pm | {1}, {0}
en_NZ | dd/MM/y | h:mm{202F}a | am | pm | {1}, {0}
en_SG | d/M/yy | h:mm{202F}a | am | pm | {1}, {0}
en_PH | M/d/yy | h:mm{202F}a | AM | PM | {1}, {0}
de | dd.MM.yy | HH:mm | AM | PM | {1}, {0}
de_AT | dd.MM.yy | HH:mm | AM | PM | {1}, {0}
de_CH | dd.MM.yy | HH:mm | AM | PM | {1}, {0}
fr | dd/MM/y | HH:mm | AM | PM | {1} {0}
fr_CA | y-MM-dd | HH 'h' mm | a.m. | p.m. | {1} {0}
fr_CH | dd.MM.yy | HH:mm | AM | PM | {1} {0}
it | dd/MM/yy | HH:mm | AM | PM | {1}, {0}
es | d/M/yy | H:mm | a.{202F}m. | p.{202F}m. | {1}, {0}
es_MX | dd/MM/yy | h:mm{202F}a | a.m. | p.m. | {1}, {0}
es_AR | d/M/yy | h:mm{202F}a | a.{202F}m. | p.{202F}m. | {1}, {0}
es_CO | d/MM/yy | h:mm{202F}a | a.{202F}m. | p.{202F}m. | {1}, {0}
es_CL | dd-MM-yy | h:mm{202F}a | a.{202F}m. | p.{202F}m. | {1}, {0}
es_PE | d/MM/yy | h:mm{202F}a | a.{202F}m. | p.{202F}m. | {1}, {0}
es_US | d/M/y | h:mm{202F}a | a.m. | p.m. | {1}, {0}
pt | dd/MM/y | HH:mm | AM | PM | {1} {0}
pt_PT | dd/MM/yy | HH:mm | a.m. | p.m. | {1}, {0}
nl | dd-MM-y | HH:mm | a.m. | p.m. | {1}, {0}
nl_BE | d/MM/y | HH:mm | a.m. | p.m. | {1}, {0}
sv | y-MM-dd | HH:mm | fm | em | {1} {0}
sv_FI | y-MM-dd | HH:mm | fm | em | {1} {0}
da | dd.MM.y | HH.mm | AM | PM | {1} {0}
nb | dd.MM.y | HH:mm | a.m. | p.m. | {1}, {0}
fi | d.M.y | H.mm | ap. | ip. | {1} {0}
et | dd.MM.yy | HH:mm | AM | PM | {1} {0}
lv | dd.MM.yy | HH:mm | priekšp. | pēcp. | {1} {0}
lt | y-MM-dd | HH:mm | priešpiet | popiet | {1} {0}
pl | d.MM.y | HH:mm | AM | PM | {1}, {0}
cs | dd.MM.yy | H:mm | dop. | odp. | {1} {0}
sk | d. M. y | H:mm | AM | PM | {1} {0}
sl | d. M. yy | HH:mm | dop. | pop. | {1}, {0}
hr | dd. MM. y. | HH:mm | AM | PM | {1} {0}
sr | d. M. y. | HH:mm | AM | PM | {1} {0}
bg | d.MM.yy{202F}'г'. | H:mm | am | pm | {1}, {0}
mk | d.M.yy | HH:mm | претпл. | попл. | {1}, {0}
sq | d.M.yy | h:mm{202F}a | p.d. | m.d. | {1}, {0}
ro | dd.MM.y | HH:mm | a.m. | p.m. | {1}, {0}
hu | y. MM. dd. | H:mm | de. | du. | {1} {0}
el | d/M/yy | h:mm{202F}a | π.μ. | μ.μ. | {1}, {0}
tr | d.MM.y | HH:mm | ÖÖ | ÖS | {1} {0}
az | dd.MM.yy | HH:mm | AM | PM | {1} {0}
kk | dd.MM.yy | HH:mm | AM | PM | {1}, {0}
uz | dd/MM/yy | HH:mm | TO | TK | {1}, {0}
ru | dd.MM.y | HH:mm | AM | PM | {1}, {0}
uk | dd.MM.yy | HH:mm | дп | пп | {1}, {0}
be | d.MM.yy | HH:mm | AM | PM | {1}, {0}
ka | dd.MM.yy | HH:mm | AM | PM | {1}, {0}
hy | dd.MM.yy | HH:mm | AM | PM | {1}, {0}
ar | d{200F}/M{200F}/y | h:mm a | ص | م | {1}، {0}
ar_EG | d{200F}/M{200F}/y | h:mm a | ص | م | {1}، {0}
ar_SA | d{200F}/M{200F}/y | h:mm a | ص | م | {1}، {0}
ar_AE | d{200F}/M{200F}/y | h:mm a | ص | م | {1}، {0}
ar_MA | d{200F}/M{200F}/y | HH:mm | ص | م | {1}، {0}
he | d.M.y | H:mm | AM | PM | {1}, {0}
fa | y/M/d | H:mm | ق.ظ. | ب.ظ. | {1}،{200F} {0}
ur | d/M/yy | h:mm a | AM | PM | {1} {0}
hi | d/M/yy | h:mm a | am | pm | {1}, {0}
bn | d/M/yy | h:mm a | AM | PM | {1} {0}
mr | d/M/yy | h:mm a | AM | PM | {1}, {0}
gu | d/M/yy | hh:mm a | AM | PM | {1} {0}
pa | d/M/yy | h:mm a | ਪੂ.ਦੁ. | ਬਾ.ਦੁ. | {1}, {0}
ta | d/M/yy | h:mm a | AM | PM | {1}, {0}
te | dd-MM-yy | h:mm a | AM | PM | {1} {0}
kn | d/M/yy | hh:mm a | AM | PM | {1} {0}
ml | d/M/yy | h:mm a | AM | PM | {1} {0}
ne | yy/M/d | HH:mm | पूर्वाह्न | अपराह्न | {1}, {0}
si | y-MM-dd | HH.mm | පෙ.ව. | ප.ව. | {1} {0}
th | d/M/yy | HH:mm | AM | PM | {1} {0}
lo | d/M/y | H:mm | ກ່ອນທ່ຽງ | ຫຼັງທ່ຽງ | {1}, {0}
km | d/M/yy | h:mm a | AM | PM | {1}, {0}
my | d/M/yy | H:mm | နံနက် | ညနေ | {1} {0}
vi | d/M/yy | HH:mm | SA | CH | {0} {1}
id | dd/MM/yy | HH.mm | AM | PM | {1} {0}
ms | d/MM/yy | h:mm{202F}a | PG | PTG | {1}, {0}
fil | M/d/yy | h:mm{202F}a | AM | PM | {1}, {0}
zh_CN | y/M/d | HH:mm | 上午 | 下午 | {1} {0}
zh_Hant | y/M/d | Bh:mm | 上午 | 下午 | {1} {0}
zh_HK | d/M/y | ah:mm | 上午 | 下午 | {1} {0}
ja | y/MM/dd | H:mm | 午前 | 午後 | {1} {0}
ko | yy. M. d. | a h:mm | AM | PM | {1} {0}
mn | y.MM.dd | HH:mm | ү.ө. | ү.х. | {1} {0}
sw | dd/MM/y | HH:mm | AM | PM | {1} {0}
af | y-MM-dd | HH:mm | vm. | nm. | {1} {0}
zu | M/d/yy | HH:mm | AM | PM | {1} {0}
am | dd/MM/y | h:mm a | ጥዋት | ከሰዓት | {1} {0}
is | d.M.y | HH:mm | f.h. | e.h. | {1}, {0}
ga | dd/MM/y | HH:mm | r.n. | i.n. | {1} {0}
ca | d/M/yy | H:mm | a.{202F}m. | p.{202F}m. | {1} {0}
eu | yy/M/d | HH:mm | AM | PM | {1} ({0})
gl | dd/MM/yy | HH:mm | a.m. | p.m. | {1}, {0}
"""

LOCALES = tuple(
    Locale(*(cell.strip() for cell in row.split("|")))
    for row in _TABLE.replace("{202F}", "\u202f").replace("{200F}", "\u200f").strip().splitlines()
)

ARABIC, PERSIAN, DEVANAGARI = "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९"
OWN_DIGITS = {
    "ar": ARABIC,
    "fa": PERSIAN,
    "ur": PERSIAN,
    "ne": DEVANAGARI,
    "mr": DEVANAGARI,
    "hi": DEVANAGARI,
    "bn": "০১২৩৪৫৬৭৮৯",
    "my": "၀၁၂၃၄၅၆၇၈၉",
    "gu": "૦૧૨૩૪૫૬૭૮૯",
    "pa": "੦੧੨੩੪੫੬੭੮੯",
    "ta": "௦௧௨௩௪௫௬௭௮௯",
    "te": "౦౧౨౩౪౫౬౭౮౯",
    "kn": "೦೧೨೩೪೫೬೭೮೯",
    "ml": "൦൧൨൩൪൫൬൭൮൯",
    "th": "๐๑๒๓๔๕๖๗๘๙",
    "lo": "໐໑໒໓໔໕໖໗໘໙",
    "km": "០១២៣៤៥៦៧៨៩",
}
"""Languages whose phones write digits of their own, always or if a person set it so."""

ALWAYS_OWN = frozenset({"ne"})
"""Those that write no others: two digits of the year first, as only they do."""
