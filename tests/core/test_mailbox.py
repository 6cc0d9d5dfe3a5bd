"""Which mails of a mailbox are taken, in which lane and order, and how many at a time."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.mailbox import Listed, Plan, Terms, next_batch, plan
from tests.builders import NOW

STALE = timedelta(hours=48)
MOMENT = timedelta(seconds=1)
TERMS = Terms(start=NOW - timedelta(days=10), stale=NOW - STALE, later=100)


def listed(uid: int, size: int = 100, **age: float) -> Listed:
    return Listed(uid, size, NOW - timedelta(**age))


@pytest.mark.parametrize(
    ("mails", "fresh", "bulk"),
    [
        ([], [], []),
        ([listed(1)], [1], []),
        ([listed(1, hours=47.9)], [1], []),
        ([listed(1, hours=48)], [1], []),
        ([listed(1, hours=48.1)], [], [1]),
        ([listed(1, days=10)], [], [1]),
        ([listed(1, days=10.1)], [], []),
        ([listed(1, hours=-1)], [1], []),  # the server's clock is ahead of ours
        ([listed(3), listed(1), listed(2)], [1, 2, 3], []),
        ([listed(4, days=3), listed(1), listed(3, days=9), listed(2, days=11)], [1], [3, 4]),
        ([listed(2, hours=5), listed(1, hours=1)], [1, 2], []),  # in the order they came to the folder
        ([listed(99, days=11), listed(100, days=11), listed(101, days=999)], [], [100, 101]),
    ],
)
def test_mails_go_into_lanes_by_their_age_in_the_order_they_came(
    mails: list[Listed], fresh: list[int], bulk: list[int]
) -> None:
    found = plan(mails, TERMS)

    assert [one.uid for one in found.fresh] == fresh
    assert [one.uid for one in found.bulk] == bulk


def test_no_mails_are_no_plan() -> None:
    assert plan((), TERMS) == Plan()
    assert next_batch((), frozenset(), 50, 1000) == ()


@pytest.mark.parametrize(
    ("sizes", "suspects", "most", "octets", "batch"),
    [
        ([10, 10, 10], {}, 50, 1000, 3),
        ([10, 10, 10], {}, 2, 1000, 2),
        ([10, 10, 10], {}, 1, 1000, 1),
        ([400, 600, 1], {}, 50, 1000, 2),
        ([400, 601, 1], {}, 50, 1000, 1),
        ([1001, 1], {}, 50, 1000, 1),
        ([1, 5000, 1], {}, 50, 1000, 1),
        ([0, 0, 0], {}, 50, 0, 3),
        ([10, 10, 10], {1}, 50, 1000, 1),
        ([10, 10, 10], {2}, 50, 1000, 1),
        ([10, 10, 10], {3}, 50, 1000, 2),
        ([10, 10, 10], {1, 2, 3}, 50, 1000, 1),
        ([10, 10, 10], {7}, 50, 1000, 3),
    ],
)
def test_a_batch_is_the_beginning_of_a_lane_within_its_bounds(
    sizes: list[int], suspects: set[int], most: int, octets: int, batch: int
) -> None:
    lane = [listed(uid, size) for uid, size in enumerate(sizes, 1)]

    assert next_batch(lane, frozenset(suspects), most, octets) == tuple(lane[:batch])


LISTED = st.builds(
    Listed,
    st.integers(1, 10_000),
    st.integers(0, 3000),
    st.timedeltas(timedelta(days=-1), timedelta(days=30)).map(lambda age: NOW - age),
)


@given(
    st.lists(LISTED, max_size=60, unique_by=lambda one: one.uid),
    st.frozensets(st.integers(1, 10_000), max_size=20),
    st.integers(1, 10),
    st.integers(0, 5000),
)
def test_batches_of_a_lane_are_the_lane_and_only_single_mails_are_over_the_bounds(
    mails: list[Listed], suspects: frozenset[int], most: int, octets: int
) -> None:
    found = plan(mails, TERMS)
    for lane in (found.fresh, found.bulk):
        batches, rest = [], lane
        while rest:
            batches.append(next_batch(rest, suspects, most, octets))
            assert batches[-1]
            rest = rest[len(batches[-1]) :]

        assert tuple(one for batch in batches for one in batch) == lane
        assert all(
            len(batch) == 1
            or (
                len(batch) <= most
                and sum(one.size for one in batch) <= octets
                and not suspects & {one.uid for one in batch}
            )
            for batch in batches
        )


@given(st.lists(LISTED, max_size=60, unique_by=lambda one: one.uid))
def test_every_mail_since_the_start_or_the_first_look_is_in_one_lane_and_no_other_is(
    mails: list[Listed],
) -> None:
    found = plan(mails, TERMS)

    assert sorted(one.uid for one in (*found.fresh, *found.bulk)) == sorted(
        one.uid for one in mails if one.arrived >= TERMS.start or one.uid >= TERMS.later
    )
    assert all(one.arrived >= TERMS.stale for one in found.fresh)
    assert all(one.arrived < TERMS.stale for one in found.bulk)
