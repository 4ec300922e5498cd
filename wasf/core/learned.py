"""What the exports of a chat have taught about it: the time they cover, who is on which side."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wasf.core.chats import Direction
from wasf.core.covered import Spans


@dataclass(frozen=True, slots=True)
class Learned:
    """`sides` are by folded name, of people whom an export showed on the wrong side."""

    spans: Spans = ()
    sides: Mapping[str, Direction] = field(default_factory=dict)
