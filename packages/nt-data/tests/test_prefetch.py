import gc
import threading
import time
from collections.abc import Iterator

import pytest
from nt_data._prefetch import Prefetch


def ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "nt-data prefetch"]


def test_every_item_comes_once_and_in_order() -> None:
    with Prefetch(range(1000), limit=3) as items:
        assert list(items) == list(range(1000))
        assert list(items) == []
    assert ours() == []


def test_at_most_the_limit_is_prepared_ahead() -> None:
    made: list[int] = []

    def source() -> Iterator[int]:
        for i in range(100):
            made.append(i)
            yield i

    with Prefetch(source(), limit=3) as items:
        assert next(items) == 0
        time.sleep(0.1)
        assert 2 <= len(made) <= 5  # one taken, three waiting, one in the maker's hands
    assert ours() == []


def test_an_exception_comes_after_the_items_before_it_with_the_place_it_was_raised_at() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise ZeroDivisionError("sample 3 is broken")

    with Prefetch(source(), limit=8) as items:
        assert [next(items), next(items)] == [1, 2]
        with pytest.raises(ZeroDivisionError, match="sample 3 is broken") as caught:
            next(items)
        assert "source" in [entry.name for entry in caught.traceback]
        with pytest.raises(StopIteration):
            next(items)


def test_leaving_early_stops_a_maker_that_waits_for_room() -> None:
    with Prefetch(iter(int, 1), limit=1) as items:  # zeros without end
        next(items)
    assert ours() == []


def test_the_consumers_own_exception_passes_through_and_stops_the_thread() -> None:
    with pytest.raises(KeyError), Prefetch(range(10**9), limit=2):
        raise KeyError("mine")
    assert ours() == []


def test_a_slow_consumer_and_a_slow_maker_overlap() -> None:
    begun: list[int] = []

    def source() -> Iterator[int]:
        for i in range(10):
            begun.append(i)
            time.sleep(0.02)
            yield i

    with Prefetch(source(), limit=2) as items:
        for i in items:
            time.sleep(0.02)
            assert i == 9 or i + 1 in begun  # while this one was worked at, the next one was begun


def test_a_forgotten_loop_ends_with_its_last_reference() -> None:
    def loop() -> Iterator[int]:
        with Prefetch(range(10**9), limit=2) as items:
            yield from items

    forgotten = loop()
    cycle = [forgotten]
    cycle.append(cycle)  # type: ignore[arg-type]
    next(forgotten)
    assert len(ours()) == 1
    del forgotten, cycle
    gc.collect()
    assert ours() == []
