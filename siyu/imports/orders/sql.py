"""Lines of a file as whole documents: SQL of what an order says once, of what it comes to, and of what keeps it out.

An amount that a shop writes beside the order (its total, what was given back) may stand on its first line only or on
each of them: it is taken once. Money stays exact until the end: a line and a document are each rounded once, half to even.
"""

from siyu.imports.files.chunks import DOCUMENT_LINES_MAX
from siyu.imports.files.duckdb_session import literal
from siyu.imports.files.expressions import alias
from siyu.imports.files.faults import NO_FAULTS, VALUE_CHARS_KEPT
from siyu.imports.mapping.document import Mapping
from siyu.imports.orders.rules import OrderRules
from siyu.imports.orders.statuses import LEFT_OUT, PAID, REFUNDED, given_back, meaning


def cell(mapping: Mapping, field: str, type_: str = "VARCHAR") -> str:
    """SQL of the field's value, NULL where no column fills it."""
    return alias(field) if field in mapping.columns else f"NULL::{type_}"


def exact_money(mapping: Mapping, field: str) -> str:
    """SQL of an amount in yuan, exact."""
    return f"CAST({cell(mapping, field, 'DECIMAL(18, 6)')} AS DECIMAL(38, 9))"


def half_even(yuan: str) -> str:
    """SQL of the fen of an exact amount: a half goes to the even neighbour."""
    cents = f"({yuan}) * 100"
    return f"""TRY_CAST(
        CASE WHEN abs({cents} - trunc({cents})) = 0.5 AND TRY_CAST(trunc({cents}) AS HUGEINT) % 2 = 0
        THEN trunc({cents}) ELSE round({cents}) END AS BIGINT)"""


def line_amount(mapping: Mapping) -> str:
    """SQL of a line's amount in yuan, exact; NULL where the line does not say it. A price says nothing without a quantity."""
    if "amount" in mapping.columns:
        return exact_money(mapping, "amount")
    if not {"quantity", "price"} <= mapping.columns.keys():
        return "NULL::DECIMAL(38, 9)"
    return f"CAST({alias('quantity')} AS DECIMAL(38, 3)) * CAST({alias('price')} AS DECIMAL(38, 6))"


def row_meaning(mapping: Mapping, rules: OrderRules) -> str:
    """SQL of what a row says about its state; NULL where it says nothing, or what nobody knows."""
    stated = meaning(alias("status"), rules.statuses) if "status" in mapping.columns else f"'{PAID}'"
    if "after_sales" not in mapping.columns:
        return stated
    back = given_back(alias("after_sales"))
    return f"CASE WHEN ({stated}) = '{LEFT_OUT}' THEN '{LEFT_OUT}' WHEN {back} THEN '{REFUNDED}' ELSE {stated} END"


def _spelled(mapping: Mapping) -> str:
    """SQL of a customer as two lines of one document may spell them: a phone by its digits, an address in small letters."""
    customer = cell(mapping, "member")
    if mapping.identity() == "phone":
        return f"right(regexp_replace({customer}, '[^0-9]', '', 'g'), 11)"
    return f"lower({customer})" if mapping.identity() == "email" else customer


def _stated(mapping: Mapping) -> str:
    """SQL of rows with what they mean: a row that does not say it means what its document says first."""
    if "status" not in mapping.columns:
        return f"stated AS (SELECT *, coalesce(v_meaning, '{PAID}') AS means FROM keyed)"
    return f"""
        states AS (SELECT doc, arg_min(v_meaning, row) AS doc_means FROM keyed GROUP BY doc),
        stated AS (
            SELECT keyed.*, coalesce(v_meaning, doc_means, '{PAID}') AS means FROM keyed JOIN states USING (doc))"""


def _documents(mapping: Mapping, rules: OrderRules) -> str:
    """SQL of what a document says once, and of what its lines come to."""
    customer, total, refunded = cell(mapping, "member"), exact_money(mapping, "total"), exact_money(mapping, "refunded")
    spelled = _spelled(mapping)
    at, taken = f"min({alias('paid_at')})", f"FILTER (WHERE means <> '{LEFT_OUT}')"
    if rules.number_date == "yes":
        day = f"timezone({literal(mapping.zone)}, try_strptime(regexp_extract(doc, '^(\\d{{6}})-', 1), '%y%m%d'))"
        at = f"coalesce({at}, {day})"
    return f"""
        SELECT doc, min(row) AS ord, coalesce(min(row) FILTER (WHERE fit AND means <> '{LEFT_OUT}'), min(row)) AS lead,
               {at} AS doc_at, min({customer}) AS doc_member, count(*) AS doc_lines, bool_or(v_is_refund) AS refund,
               coalesce(min({spelled}) <> max({spelled}), false) AS conflict, bool_and(fit) AS all_fit,
               coalesce(bool_and(fit) {taken}, true) AS doc_fit, bool_and(means = '{LEFT_OUT}') AS all_left_out,
               min({total}) AS doc_total, coalesce(min({total}) <> max({total}), false) AS totals,
               abs(min({refunded})) AS told_back, coalesce(min({refunded}) <> max({refunded}), false) AS refunds,
               min({cell(mapping, "refunded_at", "TIMESTAMPTZ")}) AS back_at,
               CASE WHEN count(line_exact) {taken} = count(*) {taken} THEN sum(line_exact) {taken} END AS lines_exact,
               coalesce(bool_and(means = '{REFUNDED}') {taken}, false) AS all_back,
               coalesce(sum(line_exact) FILTER (WHERE means = '{REFUNDED}'), 0) AS lines_back,
               bool_or(means = '{REFUNDED}' AND line_exact IS NULL) AS back_unknown
        FROM stated GROUP BY doc"""


def _placed(rules: OrderRules) -> str:
    """SQL of documents with what was paid and given back for them, whether they are left out, and where they begin."""
    net = "coalesce(told_back, 0)" if rules.total_after_refund == "yes" else "0"
    unpaid = " OR (doc_at IS NULL AND all_fit)" if rules.no_time == LEFT_OUT else ""
    return f"""
        paid AS (
            SELECT *, coalesce(doc_total + {net}, lines_exact) AS doc_exact, all_left_out{unpaid} AS doc_left_out FROM docs),
        placed AS (
            SELECT * EXCLUDE (all_fit, all_left_out), sum(doc_lines) OVER (ORDER BY ord) - doc_lines AS doc_pos,
                   CASE WHEN refund THEN 0 WHEN told_back > 0 THEN told_back WHEN all_back THEN doc_exact
                        ELSE lines_back END AS doc_back
            FROM paid)"""


def _trouble(mapping: Mapping, rules: OrderRules) -> str:
    """SQL of what keeps a whole document out, as a fault, NULL for nothing."""

    def fault(field: str, value: str, code: str) -> str:
        heading = literal(mapping.heading(field))
        return f"{{'c': {heading}, 'v': left({value}, {VALUE_CHARS_KEPT}), 'r': '{code}', 'k': false}}"

    def yuan(amount: str) -> str:
        return f"rtrim(rtrim(CAST({amount} AS VARCHAR), '0'), '.')"

    number, nothing = alias("number"), "NULL::VARCHAR"
    amount = "total" if "total" in mapping.columns else "amount"
    back = (
        "refunded" if "refunded" in mapping.columns else "after_sales" if "after_sales" in mapping.columns else "status"
    )
    cases = [
        (f"doc_lines > {DOCUMENT_LINES_MAX}", fault("number", number, "large")),
        ("conflict", fault("number", number, "customers")),
        ("totals", fault("total", yuan(exact_money(mapping, "total")), "amounts")),
        ("refunds", fault("refunded", yuan(exact_money(mapping, "refunded")), "amounts")),
        ("doc_at IS NULL", fault("paid_at", nothing, "missing")),
        ("doc_fit AND doc_exact IS NULL", fault(amount, nothing, "missing")),
        ("back_unknown AND NOT all_back AND coalesce(told_back, 0) = 0", fault(back, number, "partial")),
        (
            "doc_fit AND NOT refund AND doc_back > greatest(doc_exact, 0)",
            fault(back, yuan("doc_back"), "over_refunded"),
        ),
    ]
    if rules.incomplete == "refuse":
        cases.append(("NOT doc_fit", fault("number", number, "sibling")))
    return "CASE WHEN NOT fit THEN NULL " + " ".join(f"WHEN {case} THEN {wrong}" for case, wrong in cases) + " END"


def arranged(mapping: Mapping, rules: OrderRules) -> str:
    """SQL after `typed`: lines with what their whole document says, and whether all of it can be taken."""
    alone = "CASE WHEN line_exact IS NULL AND doc_lines = 1 THEN doc_exact ELSE line_exact END"
    return f""",
        keyed AS (
            SELECT *, coalesce({alias("number")}, chr(1) || row) AS doc, {line_amount(mapping)} AS line_exact FROM typed),
        {_stated(mapping)},
        docs AS ({_documents(mapping, rules)}),
        {_placed(rules)},
        joined AS (
            SELECT stated.* EXCLUDE (v_is_refund), placed.* EXCLUDE (doc),
                   means = '{LEFT_OUT}' OR doc_left_out AS left_out, {_trouble(mapping, rules)} AS trouble
            FROM stated JOIN placed USING (doc)),
        firsts AS (SELECT ord, same, min(row) AS first FROM joined GROUP BY ord, same HAVING count(*) > 1),
        sorted AS (
            SELECT row_number() OVER () - 1 AS pos, * FROM (
                SELECT joined.*, coalesce(row > first, false) AS duplicate
                FROM joined LEFT JOIN firsts USING (ord, same) ORDER BY ord, row))
        SELECT pos, row, row = ord AS head, duplicate, left_out, doc_left_out, trouble IS NOT NULL AND NOT left_out AS withheld,
               fit AND trouble IS NULL AND NOT left_out AS fit,
               CASE WHEN left_out THEN {NO_FAULTS} WHEN trouble IS NULL THEN faults ELSE [trouble] END AS faults,
               COLUMNS('^v_'), doc_member, doc_at, coalesce(back_at, doc_at) AS back_at, refund,
               CAST(pos - doc_pos + 1 AS INTEGER) AS line, {half_even(alone)} AS fen,
               CASE WHEN doc_total IS NULL THEN line_exact WHEN row = lead THEN doc_exact ELSE 0 END AS exact,
               CASE WHEN doc_total IS NOT NULL THEN {half_even("doc_exact")} END AS doc_fen,
               {half_even("doc_back")} AS back_fen
        FROM sorted"""
