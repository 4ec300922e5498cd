"""When to sync next."""

from wasf.listener.worker import Rhythm


def test_everything_is_read_at_the_start_and_then_as_often_as_said() -> None:
    rhythm = Rhythm(900)
    assert (rhythm.wait(0, has_news=False), rhythm.wants_poll(0)) == (0, True)
    rhythm.went_well(10, polled=True)
    assert (rhythm.wait(10, has_news=False), rhythm.wants_poll(10)) == (900, False)
    assert rhythm.wants_poll(910)


def test_news_wait_for_nothing_and_put_nothing_off() -> None:
    rhythm = Rhythm(900)
    rhythm.went_well(0, polled=True)
    assert rhythm.wait(5, has_news=True) == 0
    rhythm.went_well(6, polled=False)
    assert rhythm.wait(6, has_news=False) == 894


def test_many_at_once_share_a_sync() -> None:
    rhythm = Rhythm(900)
    rhythm.went_well(0, polled=True)
    assert rhythm.pause(0) == rhythm.wait(0, has_news=True) == 0.5
    assert rhythm.pause(0.6) == rhythm.wait(0.6, has_news=True) == 0


def test_a_failure_is_tried_again_later_each_time_also_with_news() -> None:
    rhythm, now, pauses = Rhythm(900), 0.0, []
    for _ in range(9):
        rhythm.failed(now, polled=False)
        pause = rhythm.wait(now, has_news=True)
        assert rhythm.pause(now) == pause
        pauses.append(pause)
        now += pause
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    rhythm.went_well(now, polled=False)
    rhythm.failed(now, polled=False)
    assert rhythm.wait(now, has_news=True) == 5


def test_what_failed_is_tried_again_without_news_and_without_a_poll() -> None:
    rhythm = Rhythm(900)
    rhythm.failed(0, polled=True)
    assert rhythm.wait(0, has_news=False) == 5
    assert not rhythm.wants_poll(5)
    rhythm.went_well(6, polled=False)
    assert rhythm.wait(6, has_news=False) == 894


def test_after_another_run_it_is_its_turn_soon() -> None:
    rhythm = Rhythm(900)
    rhythm.was_not_its_turn(0)
    assert rhythm.wait(0, has_news=False) == 1
    assert rhythm.wants_poll(1)
