"""A merge taken apart gives back exactly what it took."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from siyu.contacts.merges.rules import MergeSide, join, part, time_text, unmerge

AT = datetime(2026, 3, 18, 4, tzinfo=UTC)
EARLIER, LATER = "2026-03-01T00:00:00.000000+00:00", "2026-03-20T00:00:00.000000+00:00"
EXCLUSIVE = {"1": 10, "2": 10}


def tagged(until: str | None = None, source: str = "manual") -> dict[str, Any]:
    return {"source": source, "tagged_at": EARLIER, "expires_at": until}


def consent(state: str, at: str = EARLIER) -> dict[str, Any]:
    return {"state": state, "purpose": "marketing", "source": "import", "changed_at": at}


rows = st.builds(tagged, st.sampled_from([None, EARLIER, LATER]), st.sampled_from(["manual", "rule"]))
consents = st.builds(consent, st.sampled_from(["given", "withdrawn"]))
TEXTS = st.sampled_from(["甲", "乙"])


def sides(member: int, identities: st.SearchStrategy[frozenset[int]]) -> st.SearchStrategy[MergeSide]:
    return st.builds(
        MergeSide,
        st.just(member),
        st.none() | TEXTS,
        st.none() | st.just("Asia/Shanghai"),
        st.dictionaries(st.sampled_from(["city", "level"]), TEXTS),
        identities,
        st.dictionaries(st.sampled_from(["1", "2", "3"]), rows),
        st.dictionaries(st.sampled_from(["wecom", "sms"]), consents),
        st.dictionaries(st.sampled_from(["wecom", "*"]), st.just({"reason": "投诉", "since": EARLIER})),
    )


@given(
    sides(1, st.just(frozenset({1, 2}))),
    sides(2, st.just(frozenset({3}))),
)
def test_part_undoes_join_exactly(winner: MergeSide, loser: MergeSide) -> None:
    joined, emptied, moved = join(winner, loser, EXCLUSIVE, AT)
    kept = orjson.loads(orjson.dumps(moved))
    assert part(joined, emptied, kept) == (winner, loser)


@given(sides(1, st.just(frozenset({1}))), sides(2, st.just(frozenset({2}))), sides(3, st.just(frozenset({3}))))
def test_undoing_an_earlier_merge_leaves_the_later_as_if_it_had_been_the_only_one(
    first: MergeSide, second: MergeSide, third: MergeSide
) -> None:
    joined, empty_two, moved_two = join(first, second, EXCLUSIVE, AT)
    both, empty_three, moved_three = join(joined, third, EXCLUSIVE, AT)
    now, back_two, (again,) = unmerge(both, empty_two, moved_two, [(empty_three, moved_three)], EXCLUSIVE)
    assert (now, empty_three, again) == join(first, third, EXCLUSIVE, AT)
    assert back_two == second
    assert part(now, empty_three, again) == (first, third)


def test_the_stricter_word_wins_whoever_said_it() -> None:
    yes, no = {"wecom": consent("given")}, {"wecom": consent("withdrawn")}
    for winner, loser in ((yes, no), (no, yes)):
        joined, _, _ = join(MergeSide(1, consents=winner), MergeSide(2, consents=loser), {}, AT)
        assert joined.consents["wecom"]["state"] == "withdrawn"


def test_a_withdrawal_after_the_merge_holds_for_both() -> None:
    joined, emptied, moved = join(MergeSide(1), MergeSide(2, consents={"wecom": consent("given")}), {}, AT)
    spoke = replace(joined, consents={"wecom": consent("withdrawn", LATER)})
    winner, loser = part(spoke, emptied, moved)
    assert winner.consents["wecom"]["state"] == loser.consents["wecom"]["state"] == "withdrawn"


def test_what_was_added_since_stays_with_the_winner() -> None:
    joined, emptied, moved = join(MergeSide(1), MergeSide(2, tags={"3": tagged()}), {}, AT)
    winner, loser = part(replace(joined, tags={**joined.tags, "4": tagged()}), emptied, moved)
    assert (set(winner.tags), set(loser.tags)) == ({"4"}, {"3"})


def test_the_winner_keeps_its_own_tag_of_an_exclusive_group() -> None:
    joined, _, _ = join(
        MergeSide(1, tags={"1": tagged()}), MergeSide(2, tags={"2": tagged(), "3": tagged()}), EXCLUSIVE, AT
    )
    assert set(joined.tags) == {"1", "3"}


def test_times_sort_as_text() -> None:
    assert time_text(AT) == "2026-03-18T04:00:00.000000+00:00"
