"""Mappings, guesses and counters: values in, values out."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.commerce import staging
from siyu.imports import kinds, refusals
from siyu.imports.files.profile import Profile, guess_type
from siyu.imports.kinds import facts, orders
from siyu.imports.mapping import reader
from siyu.imports.mapping.suggestions import suggestions
from siyu.imports.runs import report
from siyu.imports.runs.report import Tally
from siyu.kit.errors import Invalid

ORDERS = {"kind": "orders", "columns": {"number": "n", "paid_at": "t", "amount": "a"}}
ZONES = {"UTC", "Asia/Shanghai"}


def paths(document: object, columns: set[str]) -> list[str]:
    with pytest.raises(Invalid) as refused:
        reader.check(reader.read(document), columns, ZONES)
    return [fault.path for fault in refused.value.errors]


def test_a_right_mapping_is_right() -> None:
    reader.check(reader.read(ORDERS), {"n", "t", "a"}, ZONES)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"columns": {}}, ["mapping.columns.number", "mapping.columns.paid_at", "mapping.columns.amount"]),
        ({"columns": {**ORDERS["columns"], "store": "s"}}, ["mapping.columns.store"]),  # type: ignore[dict-item]
        ({"columns": {**ORDERS["columns"], "store": {}}}, ["mapping.columns.store"]),  # type: ignore[dict-item]
        ({"columns": {**ORDERS["columns"], "x": "n"}}, ["mapping.columns.x"]),  # type: ignore[dict-item]
        (
            {"columns": {**ORDERS["columns"], "member": {"column": "n", "identity": "fax"}}},  # type: ignore[dict-item]
            ["mapping.columns.member.identity"],
        ),
        ({"zone": "Atlantis"}, ["mapping.zone"]),
        ({"rules": {"refund": {"prefix": "C", "column": "n"}}}, ["mapping.rules.refund"]),
        ({"rules": {"refund": {"column": "kind"}}}, ["mapping.rules.refund.column"]),
        ({"kind": "members", "columns": {"name": "n"}}, ["mapping.columns"]),
        ({"rules": {"colour": "red"}}, ["mapping.rules.colour"]),
        ({"rules": {"refund": {"prefix": "C", "suffix": "X"}}}, ["mapping.rules.refund.suffix"]),
        ({"attributes": {"city": {"label": "城市"}}}, ["mapping.attributes"]),
        (
            {"kind": "members", "columns": {"phone": "n"}, "rules": {"duplicates": "drop"}},
            ["mapping.rules.duplicates"],
        ),
        ({"kind": "orders", "fact": "coupon_redeemed"}, ["mapping.fact"]),
        ({"kind": "facts", "fact": "tagged"}, ["mapping.fact"]),
        ({"kind": "facts"}, ["mapping.fact"]),
    ],
)
def test_a_wrong_mapping_is_refused_with_every_path(change: dict[str, object], expected: list[str]) -> None:
    assert paths({**ORDERS, **change}, {"n", "t", "a"}) == expected


def test_a_setting_that_there_is_not_is_refused_in_both_languages() -> None:
    with pytest.raises(Invalid) as refused:
        reader.check(reader.read({**ORDERS, "rules": {"colour": "red"}}), {"n", "t", "a"}, ZONES)
    (fault,) = refused.value.errors
    assert (fault.reason, fault.reason_zh) == ("there is no such field", "没有这个字段")


def test_a_staging_table_takes_its_columns_by_name_and_all_of_them() -> None:
    values = dict.fromkeys(staging.LINES.columns, "x")
    assert staging.LINES.select(values, "FROM y").count("x AS ") == len(staging.StagedLine._fields)
    for wrong in ({**values, "colour": "x"}, {name: "x" for name in values if name != "amount"}):
        with pytest.raises(ValueError, match="staged_line"):
            staging.LINES.select(wrong, "FROM y")


def test_a_document_that_is_no_mapping_is_refused_by_its_path() -> None:
    with pytest.raises(Invalid) as refused:
        reader.read({**ORDERS, "columns": {"number": {"column": "n", "colour": "red"}}, "kind": "cats"})
    assert {fault.path.split(".")[1] for fault in refused.value.errors} == {"columns", "kind"}


@pytest.mark.parametrize(
    ("columns", "kind", "fact", "expected"),
    [
        (
            "InvoiceNo StockCode Description Quantity:n InvoiceDate:t UnitPrice:n CustomerID:n Country",
            "orders",
            None,
            {
                "number": "InvoiceNo",
                "member": "CustomerID",
                "paid_at": "InvoiceDate",
                "product": "StockCode",
                "title": "Description",
                "quantity": "Quantity",
                "price": "UnitPrice",
            },
        ),
        (
            "会员号 手机号 姓名 注册时间:t 标签",
            "members",
            None,
            {"external_id": "会员号", "phone": "手机号", "name": "姓名", "joined_at": "注册时间", "tags": "标签"},
        ),
        (
            "household_id campaign_id campaign_type start_date:t",
            "facts",
            "campaign_sent",
            {"member": "household_id", "campaign": "campaign_id", "kind": "campaign_type", "occurred_at": "start_date"},
        ),
        (
            "household_id coupon_upc campaign_id redemption_date:t",
            "facts",
            "coupon_redeemed",
            {
                "member": "household_id",
                "coupon": "coupon_upc",
                "campaign": "campaign_id",
                "occurred_at": "redemption_date",
            },
        ),
        (
            "basket_id household_id store_id transaction_timestamp:t product_id quantity:n sales_value:n",
            "orders",
            None,
            {
                "number": "basket_id",
                "member": "household_id",
                "paid_at": "transaction_timestamp",
                "store": "store_id",
                "product": "product_id",
                "quantity": "quantity",
                "amount": "sales_value",
            },
        ),
    ],
)
def test_real_headings_propose_the_right_kind_and_columns(
    columns: str, kind: str, fact: str | None, expected: dict[str, str]
) -> None:
    types = {"n": "number", "t": "time", "": "text"}
    profiles = [Profile(name, types[type_]) for name, _, type_ in (column.partition(":") for column in columns.split())]
    suggestion, mapped = suggestions(profiles, "file.csv")[0]
    assert (suggestion.name, suggestion.fact, mapped) == (kind, fact, expected)


def test_every_target_and_reason_speaks_both_languages() -> None:
    for kind in kinds.KINDS:
        for field in kind.fields:
            assert field.label.zh and field.label.en and field.label.zh != field.label.en, field.name
    for reason in refusals.REASONS.values():
        assert reason.zh and reason.en


def test_only_history_without_rows_of_its_own_can_be_told_by_a_file() -> None:
    fact_names = {kind.fact for kind in kinds.KINDS if kind.fact}
    assert fact_names == set(facts.IMPORTED_FACTS)
    assert not fact_names & {
        "order_paid",
        "tagged",
        "consent_given",
        "message_sent",
        "member_created",
        "journey_entered",
    }


COUNTS = st.builds(
    Tally,
    orders=st.integers(0, 10**6),
    rows_refused=st.integers(0, 10**6),
    source_total=st.decimals(-(10**9), 10**9, places=6),
    left_out_total=st.decimals(-(10**9), 10**9, places=6),
    total_fen=st.integers(-(10**12), 10**12),
)


@given(COUNTS, COUNTS)
def test_counters_add_up_and_survive_being_stored(first: Tally, other: Tally) -> None:
    both = report.tally(first.document()).plus(report.tally(other.document()))
    assert both == first.plus(other)
    assert both.rounding_difference == first.rounding_difference + other.rounding_difference


@pytest.mark.parametrize(
    ("value", "shown"), [("9747747.934000000", "9747747.934"), ("100", "100"), ("100.00", "100"), ("-0.50", "-0.5")]
)
def test_decimals_are_shown_exactly(value: str, shown: str) -> None:
    assert report.plain(Decimal(value)) == shown


def test_nothing_new_is_said_in_words() -> None:
    assert orders.KIND.sentence(Tally(rows_known=5)).zh == "没有变化：文件中的内容都已导入过。"
    assert "拒绝 2 行" in orders.KIND.sentence(Tally(rows_known=5, rows_refused=2)).zh


@pytest.mark.parametrize(
    ("cells", "type_"),
    [
        (["1.5"] * 199 + ["free"], "number"),
        (["1.5"] * 197 + ["free"] * 3, "text"),
        (["2026-03-01"] * 9 + ["yesterday"], "time"),
        (["2026-03-01"] * 8 + ["yesterday"], "text"),
        (["是", "否"] * 50 + ["也许"], "boolean"),
        (["", " ", "12"], "number"),
        ([""], "text"),
    ],
)
def test_a_single_unreadable_cell_does_not_hide_what_a_column_is(cells: list[str], type_: str) -> None:
    assert guess_type(cells) == type_
