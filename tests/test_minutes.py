"""Minutes are shared out exactly, first choices first, and never beyond a limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from massage_rules.course.minutes import FIRST, ROLES, Candidate, share


@st.composite
def rivals(draw: st.DrawFn) -> list[Candidate]:
    found = []
    for number in range(draw(st.integers(0, 7))):
        low, usual, high = sorted(draw(st.tuples(*[st.integers(1, 30)] * 3)))
        found.append(
            Candidate(
                site=draw(st.integers(0, 2)),
                technique=f"t{number}",
                role=draw(st.sampled_from(list(ROLES))),
                rank=number,
                low=low,
                usual=usual,
                high=high,
                gentle=draw(st.booleans()),
                caps=tuple(draw(st.lists(st.sampled_from(["a", "b"]), unique=True))),
            )
        )
    return found


def limits() -> st.SearchStrategy[tuple[int, dict[int, int], dict[str, int]]]:
    return st.tuples(
        st.integers(0, 90),
        st.fixed_dictionaries({n: st.integers(0, 60) for n in range(3)}),
        st.fixed_dictionaries({c: st.integers(0, 40) for c in "ab"}),
    )


@given(rivals(), limits())
def test_nothing_gets_more_than_any_limit_or_less_than_it_needs(found: list[Candidate], given_: tuple) -> None:
    """The visit, each site, each shared limit and each technique's own."""
    minutes, sites, caps = given_
    shared = share(found, minutes=minutes, sites=sites, caps=caps)
    assert sum(shared.minutes.values()) <= minutes
    for candidate, got in shared.minutes.items():
        assert candidate.low <= got <= candidate.high
    for site, most in sites.items():
        assert sum(m for c, m in shared.minutes.items() if c.site == site) <= most
    for cap, most in caps.items():
        assert sum(m for c, m in shared.minutes.items() if cap in c.caps) <= most
    assert set(shared.minutes) | set(shared.left_out) == set(found)
    assert not set(shared.minutes) & set(shared.left_out)


@given(rivals(), limits())
def test_a_first_choice_is_left_out_only_where_it_does_not_fit_beside_those_before_it(
    found: list[Candidate], given_: tuple
) -> None:
    """Options and what stands beside never take its room."""
    minutes, sites, caps = given_
    shared = share(found, minutes=minutes, sites=sites, caps=caps)
    first = sorted((c for c in found if c.role == FIRST), key=lambda c: c.order)
    for number, candidate in enumerate(first):
        before = [c for c in first[:number] if c in shared.minutes]
        room = min(
            [
                minutes - sum(c.low for c in before),
                sites[candidate.site] - sum(c.low for c in before if c.site == candidate.site),
                *(caps[cap] - sum(c.low for c in before if cap in c.caps) for cap in candidate.caps),
            ]
        )
        assert (candidate in shared.minutes) is (room >= candidate.low)


def test_time_that_is_left_goes_to_the_gentle_ones() -> None:
    """A technique that presses deep keeps its usual time."""
    gentle = Candidate(0, "light", FIRST, 0, 5, 10, 20, gentle=True)
    firm = Candidate(0, "deep", FIRST, 1, 5, 10, 20, gentle=False)
    beside = Candidate(0, "beside", "adjunct", 2, 3, 6, 9, gentle=True)
    shared = share([firm, beside, gentle], minutes=40, sites={0: 40}, caps={})
    assert shared.minutes == {gentle: 20, firm: 10, beside: 9}
    assert share([firm, beside, gentle], minutes=24, sites={0: 24}, caps={}).minutes == {gentle: 11, firm: 10, beside: 3}
