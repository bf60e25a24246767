"""What is refused, where, and with what said to be right."""

from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from siyu.audience.language.catalog import catalog, json_schema
from siyu.audience.language.check import check_tree, read_tree
from siyu.audience.language.conditions.catalogue import CONDITIONS
from siyu.audience.language.conditions.did import Did
from siyu.audience.language.limits import CONDITIONS_MAX, DEPTH_MAX, WIDTH_MAX
from siyu.audience.language.schema import BUILT_IN, ProfileField, Saved, Schema
from siyu.audience.language.tree import EVERYBODY, All, references, walk
from siyu.kit.errors import Fault, Invalid
from siyu.kit.text import LocalizedText
from tests.rules import audience_worlds as worlds

VALIDATOR = Draft202012Validator(json_schema(worlds.schema_in("UTC")))
FIELDS = {
    field.name: field
    for field in (
        *BUILT_IN,
        ProfileField("age", "number", LocalizedText("年龄", "Age")),
        ProfileField("born", "date", LocalizedText("生日", "Born")),
    )
}
DID = {"did": {"fact": "order_paid"}}


def schema(**audiences: Any) -> Schema:
    saved = {name: Saved(name, tree) for name, tree in audiences.items()}
    return Schema("Asia/Shanghai", "CNY", FIELDS, frozenset({"vip"}), saved)


def faults(tree: Any, name: str | None = None, **audiences: Any) -> list[Fault]:
    with pytest.raises(Invalid) as refusal:
        check_tree(tree, schema(**audiences), name)
    assert refusal.value.status == 422
    for fault in refusal.value.errors:
        assert fault.reason and fault.reason_zh and fault.reason != fault.reason_zh
    return refusal.value.errors


CASES: list[tuple[Any, str]] = [
    ([], ""),
    ({}, ""),
    (None, ""),
    ({"all": [], "any": []}, ""),
    ({"any": []}, "any"),
    ({"all": {}}, "all"),
    ({"not": []}, "not"),
    ({"buys": {}}, "buys"),
    ({"group": {"did": "stayed"}}, "group.did"),
    ({"group": {"name": "x", "within": "7d"}}, "group.within"),
    ({"group": []}, "group"),
    ({"all": [DID, {"did": {"fact": "order_payed"}}]}, "all[1].did.fact"),
    ({"did": []}, "did"),
    ({"did": {"fact": "signed_in"}}, "did.fact"),
    ({"did": {"fact": "order_paid", "count": {"=>": 3}}}, "did.count.=>"),
    ({"did": {"fact": "order_paid", "count": {}}}, "did.count"),
    ({"did": {"fact": "order_paid", "count": 3}}, "did.count"),
    ({"did": {"fact": "order_paid", "count": {">=": "3"}}}, "did.count.>="),
    ({"did": {"fact": "order_paid", "count": {">=": True}}}, "did.count.>="),
    ({"did": {"fact": "order_paid", "count": {">=": float("nan")}}}, "did.count.>="),
    ({"did": {"fact": "order_paid", "count": {">=": 10**16}}}, "did.count.>="),
    ({"did": {"fact": "order_paid", "count": {">=": 1, "<": 3}}}, "did.count"),
    ({"did": {"fact": "order_paid", "count": {"between": [3, 1]}}}, "did.count.between"),
    ({"did": {"fact": "order_paid", "within": "90 days"}}, "did.within"),
    ({"did": {"fact": "order_paid", "within": "99999d"}}, "did.within"),
    ({"did": {"fact": "order_paid", "within": 90}}, "did.within"),
    ({"did": {"fact": "order_paid", "within": "9d", "since": "-3d"}}, "did.since"),
    ({"did": {"fact": "order_paid", "between": ["2026-02-01", "2026-01-01"]}}, "did.between"),
    ({"did": {"fact": "order_paid", "between": ["2026-02-01"]}}, "did.between"),
    ({"did": {"fact": "order_paid", "since": "2026-02-30"}}, "did.since"),
    ({"did": {"fact": "order_paid", "sum": {"prop": "store", ">": 3}}}, "did.sum.prop"),
    ({"did": {"fact": "order_paid", "sum": {"prop": "colour", ">": 3}}}, "did.sum.prop"),
    ({"did": {"fact": "order_paid", "where": [{"prop": "amount", "contains": "1"}]}}, "did.where[0].contains"),
    ({"did": {"fact": "order_paid", "where": [{"prop": "amount", ">": 1.5}]}}, "did.where[0].>"),
    ({"did": {"fact": "order_paid", "where": [{"prop": "store"}]}}, "did.where[0]"),
    ({"did": {"fact": "order_paid", "where": [{"prop": "store", "in": []}]}}, "did.where[0].in"),
    ({"did": {"fact": "order_paid", "last": {"before": "60d"}}}, "did.last.before"),
    ({"did": {"fact": "order_paid", "last": {"is": "-60d"}}}, "did.last.is"),
    ({"did": {"fact": "order_paid", "colour": 1}}, "did.colour"),
    ({"profile": {"field": "shoe", "is": 3}}, "profile.field"),
    ({"profile": {"field": ["age"], "is": 3}}, "profile.field"),
    ({"profile": {"field": "age", "starts_with": "3"}}, "profile.starts_with"),
    ({"profile": {"field": "age", "is": "3"}}, "profile.is"),
    ({"profile": {"field": "born", "anniversary_within": "500d"}}, "profile.anniversary_within"),
    ({"profile": {"field": "born", "anniversary_within": "3h"}}, "profile.anniversary_within"),
    ({"tag": {"any": ["vip", "vp"]}}, "tag.any[1]"),
    ({"tag": {"any": "vip"}}, "tag.any"),
    ({"tag": {"some": ["vip"]}}, "tag"),
    ({"stage": ["old"]}, "stage[0]"),
    ({"rfm": {}}, "rfm"),
    ({"rfm": {"r": [6]}}, "rfm.r"),
    ({"rfm": {"r": [True]}}, "rfm.r"),
    ({"audience": "nobody"}, "audience"),
    ({"audience": 3}, "audience"),
    ({"consent": {"channel": "pigeon"}}, "consent.channel"),
    ({"consent": {"channel": "wecom", "state": "maybe"}}, "consent.state"),
    ({"reachable": {"channel": "sms"}}, "reachable.channel"),
    ({"sample": {"percent": 101}}, "sample.percent"),
    ({"sample": {"salt": "a"}}, "sample.percent"),
    ({"top": {"n": 0, "by": {"fact": "order_paid"}}}, "top.n"),
    ({"top": {"n": 3, "by": {"fact": "order_paid", "sum": "store"}}}, "top.by.sum"),
    ({"top": {"n": 3, "by": {"did": {"fact": "order_paid", "sum": ["amount"]}}}}, "top.by.did.sum"),
    ({"top": {"n": 3, "by": {"fact": "order_paid", "count": {">=": 2}}}}, "top.by.count"),
    ({"top": {"n": 3, "by": {"did": {"fact": "order_paid", "count": {">=": 2}}}}}, "top.by.did.count"),
    ({"sequence": {"steps": [DID], "within": "7d"}}, "sequence.steps"),
    ({"sequence": {"steps": [DID, {"did": {"fact": "order_paid", "count": {">": 1}}}], "within": "7d"}}, "sequence.steps[1].did.count"),
    ({"sequence": {"steps": [DID, DID]}}, "sequence.within"),
    ({"sequence": {"steps": [DID, DID], "within": "7d", "ordered": 1}}, "sequence.ordered"),
    ({"journey": {"name": "x", "did": "slept"}}, "journey.did"),
    ({"campaign": {"name": ""}}, "campaign.name"),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "path"), CASES, ids=lambda value: value if isinstance(value, str) else None)
def test_a_wrong_tree_is_refused_at_its_path(tree: Any, path: str) -> None:
    assert [fault.path for fault in faults(tree)] == [path]


def test_all_faults_are_named_at_once_with_what_would_be_right() -> None:
    result = faults({"all": [{"did": {"fact": "x"}}, {"not": {"stage": ["old"]}}, DID]})
    assert [fault.path for fault in result] == ["all[0].did.fact", "all[1].not.stage[0]"]
    assert "order_paid" in (result[0].expected or "")
    assert "silent" in (result[1].expected or "")


def nested(depth: int) -> dict[str, Any]:
    return {"not": nested(depth - 1)} if depth else DID


def test_depth_width_and_number_are_bounded() -> None:
    check_tree(nested(DEPTH_MAX), schema())
    assert faults(nested(DEPTH_MAX + 1))[0].path == ".".join(["not"] * DEPTH_MAX)
    check_tree({"all": [DID] * WIDTH_MAX}, schema())
    assert faults({"all": [DID] * (WIDTH_MAX + 1)})[0].path == "all"
    many = {"all": [{"any": [DID] * WIDTH_MAX}] * (CONDITIONS_MAX // WIDTH_MAX)}
    check_tree(many, schema())
    assert faults({"all": [*many["all"], DID]})[0].path == f"all[{CONDITIONS_MAX // WIDTH_MAX}].did"
    assert faults({"tag": {"any": ["vip"] * 1_001}})[0].path == "tag.any"


def test_very_deep_trees_do_not_exhaust_the_stack() -> None:
    tree: dict[str, Any] = DID
    for _ in range(50_000):
        tree = {"all": [tree]}
    assert faults(tree)


def test_audiences_may_not_go_round_in_circles() -> None:
    assert faults({"audience": "a"}, a={"audience": "b"}, b={"not": {"audience": "a"}})[0].path == "audience"
    result = faults({"all": [DID, {"audience": "b"}]}, "a", b={"audience": "a"})
    assert result[0].path == "all[1].audience"
    assert "a -> b -> a" in result[0].reason
    assert "refers to itself" in faults({"audience": "me"}, "me", me=DID)[0].reason


def test_references_are_bounded_in_depth_and_count_towards_the_limit() -> None:
    chain: Any = {f"a{n}": {"audience": f"a{n + 1}"} for n in range(9)} | {"a9": DID}
    check_tree({"audience": "a5"}, schema(**chain))
    assert "deep" in faults({"audience": "a0"}, **chain)[0].reason
    wide: Any = {"all": [DID] * 40}
    assert faults({"all": [{"audience": "w"}] * 6}, w=wide)


def test_a_reference_to_a_broken_audience_says_what_is_broken() -> None:
    result = faults({"audience": "a"}, a={"did": {"fact": "gone"}})
    assert result[0].path == "audience"
    assert "did.fact" in result[0].reason


def test_an_empty_group_is_everybody() -> None:
    assert check_tree({"all": []}, schema()) == EVERYBODY


def test_a_count_of_zero_and_sugar_are_the_same_fact() -> None:
    order = check_tree({"order": {"sum": {">=": 50_000}, "within": "30d"}}, schema())
    did = check_tree(
        {"did": {"fact": "order_paid", "sum": {"prop": "amount", ">=": 50_000}, "within": "30d"}}, schema()
    )
    assert isinstance(order, Did) and isinstance(did, Did)
    assert (order.fact, order.sum, order.window) == (did.fact, did.sum, did.window)


def test_walk_names_each_condition_by_where_it_was_written() -> None:
    tree = check_tree({"all": [DID, {"not": {"any": [DID, {"tag": {"any": ["vip"]}}]}}]}, schema())
    assert isinstance(tree, All)
    assert [path for path, _ in walk(tree)] == ["all[0]", "all[1].not.any[0]", "all[1].not.any[1]"]
    assert references(check_tree({"not": {"audience": "a"}}, schema(a={"audience": "b"}, b=DID))) == {"a", "b"}


def test_the_builder_is_offered_what_can_be_checked_and_nothing_else() -> None:
    offered = catalog(schema(a=DID)).model_dump(by_alias=True)
    assert [kind["value"] for kind in offered["kinds"]] == [kind.key for kind in CONDITIONS]
    assert "group" in {kind["value"] for kind in offered["kinds"]}
    assert [option["value"] for option in offered["audiences"]] == ["a"]
    names = {fact["name"] for fact in offered["facts"]}
    assert "order_paid" in names and "signed_in" not in names
    for fact in offered["facts"]:
        check_tree({"did": {"fact": fact["name"]}}, schema())
        for prop in fact["props"]:
            for op in prop["operators"]:
                value: Any = {"between": ["a", "a"], "exists": True}.get(op, [1] if op in ("in", "not_in") else 1)
                try:
                    check_tree({"did": {"fact": fact["name"], "where": [{"prop": prop["name"], op: value}]}}, schema())
                except Invalid as refusal:
                    # the value may be of the wrong type, but the operator is known
                    assert all(fault.path.startswith(f"did.where[0].{op}") for fault in refusal.errors)
    for window in offered["windows"]:
        check_tree({"did": {"fact": "order_paid", "within": window["value"]}}, schema())


@settings(max_examples=200, deadline=None)
@given(tree=worlds.trees)
def test_the_schema_takes_what_check_takes(tree: Any) -> None:
    check_tree(tree, worlds.schema_in("UTC"))
    VALIDATOR.validate(tree)


BEYOND_A_SCHEMA = ("did.count.between", "did.between", "did.since", "did.within", "profile.anniversary_within")
"""Faults of order, of the calendar and of magnitude that only `check` sees."""


@pytest.mark.parametrize(("tree", "path"), CASES, ids=lambda value: value if isinstance(value, str) else None)
def test_the_schema_refuses_what_check_refuses(tree: Any, path: str) -> None:
    validator = Draft202012Validator(json_schema(schema(r=DID)))
    if path not in BEYOND_A_SCHEMA and "nan" not in str(tree):
        assert not validator.is_valid(tree)


def test_what_is_right_of_a_tree_that_is_being_written_can_be_read() -> None:
    draft = read_tree({"all": [DID, {"tag": {"any": []}}, {"not": {"stage": ["new"]}}]}, schema())
    assert draft.tree is None
    assert [path for path, _ in draft.conditions] == ["all[0].did", "all[2].not.stage"]
    assert [fault.path for fault in draft.faults] == ["all[1].tag.any"]


def test_a_form_can_be_drawn_from_the_schema_of_every_kind() -> None:
    """The example is right or names what is missing, and everything that has fields says what each is called."""
    offered = catalog(schema(a=DID)).model_dump(by_alias=True, mode="json")
    for kind in offered["kinds"]:
        draft = read_tree({kind["value"]: kind["example"]}, schema(a=DID))
        assert draft.tree is not None or draft.faults[0].path.startswith(kind["value"])
        for name, field in kind["schema"].get("properties", {}).items():
            label = field.get("x-label") or {"zh": kind["schema"]["x-label"]["zh"], "en": "x"}
            assert label["zh"] and label["en"], (kind["value"], name)
