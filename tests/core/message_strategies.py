"""Messages for property tests: few different ones, and texts that are spelled in several ways."""

import unicodedata

from hypothesis import strategies as st

from tests.fakes_sources import says

# Few minutes and few texts, so that equal lines within a minute are the rule.
a_line = st.builds(
    says,
    text=st.sampled_from(["ok", "OK", "ha ha", "مرحبا 🌷", "first\nsecond"]),
    minute=st.integers(0, 2),
    outgoing=st.booleans(),
)
true_chats = st.lists(a_line, max_size=14).map(lambda lines: sorted(lines, key=lambda m: m.sent_at))


# --- Texts as other phones, exports and editors would have written them ------------------------

INVISIBLE = "\u200e\u200f\u202a\u202c\u2066\u2069\ufeff"

TEXTS = [
    "See you at 5 pm",
    "line 1\nline 2\n",
    "Grüße aus Åbo, 2 Stück",
    "line\nanother line",
    "한국어 ok",
    "مرحبا 🌷",
    "a b c",
    "Việt Nam\n\nđược",
]


@st.composite
def spellings_of(draw, text: str):
    """The same text as another phone, export or editor would have written it."""
    form = draw(st.sampled_from(["NFC", "NFD"]))
    blank = draw(st.sampled_from([" ", "\u00a0", "\u202f", "\u2009"]))
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    spelled = unicodedata.normalize(form, text).replace(" ", blank).replace("\n", line_end)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(spelled)))
        spelled = spelled[:at] + draw(st.sampled_from(INVISIBLE)) + spelled[at:]
    return spelled + draw(st.sampled_from(["", " ", "\n", "\r\n", "\u200e", "\u00a0"]))
