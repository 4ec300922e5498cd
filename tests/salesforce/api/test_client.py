"""API calls: counted exactly, and stopped before those that are kept for others."""

import pytest

from wasf.core.policy import Reserve
from wasf.errors import ApiLimitReached
from wasf.interfaces import ApiUsage
from wasf.salesforce.api.client import ApiBudget

HEADERS = {
    "plain": ("api-usage=18/5000", ApiUsage(18, 5000)),
    "with the app's own": (
        "api-usage=25/5000; per-app-api-usage=17/250(appName=wasf)",
        ApiUsage(25, 5000),
    ),
    "the app's own first": (
        "per-app-api-usage=17/250(appName=wasf); api-usage=25/5000",
        ApiUsage(25, 5000),
    ),
    "only the app's own": ("per-app-api-usage=17/250(appName=wasf)", None),
    "none": (None, None),
    "nonsense": ("api-usage=many", None),
}


@pytest.mark.parametrize(("header", "usage"), HEADERS.values(), ids=HEADERS)
def test_usage_is_read(header, usage):
    meter = ApiBudget()
    meter.begin()
    meter.end(header)
    assert meter.usage == usage
    assert meter.calls == 1


RESERVES = {
    "nothing kept": (Reserve(), 15_000, 0),
    "a tenth": (Reserve(share=0.1), 15_000, 1_500),
    "a share is rounded up": (Reserve(share=0.1), 15, 2),
    "a number": (Reserve(calls=500), 15_000, 500),
}


@pytest.mark.parametrize(("reserve", "limit", "kept"), RESERVES.values(), ids=RESERVES)
def test_reserve(reserve, limit, kept):
    assert reserve.of(limit) == kept


def test_the_call_that_would_eat_the_reserve_is_not_begun():
    meter = ApiBudget(Reserve(calls=10))
    meter.begin()
    meter.end("api-usage=88/100")
    meter.begin()  # the 89th
    meter.begin()  # the 90th, with the other still under way
    with pytest.raises(ApiLimitReached, match="kept for others"):
        meter.begin()
    assert meter.calls == 3


def test_an_answer_that_was_overtaken_does_not_give_calls_back():
    meter = ApiBudget()
    for _ in range(3):
        meter.begin()
    meter.end("api-usage=52/100")
    meter.end("api-usage=51/100")
    assert meter.usage == ApiUsage(52, 100)


def test_the_window_of_24_hours_moves_on():
    meter = ApiBudget()
    for used in (52, 40):
        meter.begin()
        meter.end(f"api-usage={used}/100")
    assert meter.usage == ApiUsage(40, 100)


def test_a_call_that_never_left_is_not_counted():
    meter = ApiBudget()
    meter.begin()
    meter.end(None, sent=False)
    assert meter.calls == 0
