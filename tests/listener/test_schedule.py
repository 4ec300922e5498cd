"""When to sync next."""

from wasf.listener.worker import Schedule


def test_everything_is_read_at_the_start_and_then_as_often_as_said() -> None:
    schedule = Schedule(900)
    assert (schedule.wait(0, has_news=False), schedule.wants_poll(0)) == (0, True)
    schedule.succeeded(10, polled=True)
    assert (schedule.wait(10, has_news=False), schedule.wants_poll(10)) == (900, False)
    assert schedule.wants_poll(910)


def test_news_wait_for_nothing_and_put_nothing_off() -> None:
    schedule = Schedule(900)
    schedule.succeeded(0, polled=True)
    assert schedule.wait(5, has_news=True) == 0
    schedule.succeeded(6, polled=False)
    assert schedule.wait(6, has_news=False) == 894


def test_many_at_once_share_a_sync() -> None:
    schedule = Schedule(900)
    schedule.succeeded(0, polled=True)
    assert schedule.pause(0) == schedule.wait(0, has_news=True) == 0.5
    assert schedule.pause(0.6) == schedule.wait(0.6, has_news=True) == 0


def test_a_failure_is_tried_again_later_each_time_also_with_news() -> None:
    schedule, now, pauses = Schedule(900), 0.0, []
    for _ in range(9):
        schedule.failed(now, polled=False)
        pause = schedule.wait(now, has_news=True)
        assert schedule.pause(now) == pause
        pauses.append(pause)
        now += pause
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    schedule.succeeded(now, polled=False)
    schedule.failed(now, polled=False)
    assert schedule.wait(now, has_news=True) == 5


def test_what_failed_is_tried_again_without_news_and_without_a_poll() -> None:
    schedule = Schedule(900)
    schedule.failed(0, polled=True)
    assert schedule.wait(0, has_news=False) == 5
    assert not schedule.wants_poll(5)
    schedule.succeeded(6, polled=False)
    assert schedule.wait(6, has_news=False) == 894


def test_after_another_run_it_is_its_turn_soon() -> None:
    schedule = Schedule(900)
    schedule.postponed(0)
    assert schedule.wait(0, has_news=False) == 1
    assert schedule.wants_poll(1)
