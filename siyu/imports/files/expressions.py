"""How one field is read from its column: SQL of the raw text and of the typed value, NULL where it cannot be read."""

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass

from siyu.imports.files.duckdb_session import literal, quoted
from siyu.imports.files.upload import Heading, Upload
from siyu.imports.mapping.document import Column, Mapping
from siyu.imports.mapping.fields import Field
from siyu.kit.money import SIGNS
from siyu.kit.text import INVISIBLE, PLACEHOLDERS
from siyu.kit.time import known_zones

TEXT_CHARS_MAX = 500
TIMES = ("TIMESTAMP '1900-01-01'", "TIMESTAMP '2200-01-01'")
YES = ("true", "yes", "y", "t", "1", "是", "同意", "已同意", "有")
NO = ("false", "no", "n", "f", "0", "否", "不同意", "拒绝", "无")
SEPARATORS = "[,;|，；、]"
# thousands only where they stand right: 1,5 must not become 15
NUMBER = r"[-+]?\s*[¥￥$€£]?\s*[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?([eE][-+]?\d{1,2})?\s*元?|[-+]?\.\d+"
COMMA_NUMBER = r"[-+]?\s*[¥￥$€£]?\s*[-+]?(\d{1,3}([.\s]\d{3})+|\d+)(,\d+)?\s*[€元]?"
TIME_FORMATS = (
    *("%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日%H:%M:%S", "%Y年%m月%d日%H:%M", "%Y年%m月%d日"),
    *("%Y.%m.%d %H:%M:%S", "%Y.%m.%d %H:%M", "%Y.%m.%d", "%Y%m%d%H%M%S", "%Y%m%d"),
)
SPACES = " \t\r\n\u00a0\u3000"
PROTECTED = r"""^(?:="(.*)"|'([-+(=@＝＋－＠0-9].*))$"""
DAMAGED = r"[0-9](\.[0-9]+)?[eE]\+[0-9]+|[0-9]\.[0-9]+[eE][0-9]+"
"""What a spreadsheet leaves of a long number: three order numbers would be one."""
VEILED = r"^[#$~]{2}|\*{3}"
HALF_DAYS = {"上午": "AM", "凌晨": "AM", "早上": "AM", "下午": "PM", "中午": "PM", "晚上": "PM"}
TWELVE_HOURS = tuple(
    f"{day}{gap}{hour}"
    for day in ("%Y/%m/%d", "%Y-%m-%d", "%Y年%m月%d日", "%Y.%m.%d", "%m/%d/%Y")
    for gap in ("", " ")
    for hour in ("%p %I:%M:%S", "%p %I:%M", "%p%I:%M:%S", "%p%I:%M", "%I:%M:%S %p", "%I:%M %p")
)
"""A day before the month is never guessed: with AM or PM behind the time it is the American way."""
OFFSET = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|UTC|GMT|[-+]\d{2}(:?\d{2})?)$"
FLOATS = ("DOUBLE", "FLOAT")
WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")


@dataclass(frozen=True)
class FieldSql:
    """SQL over the file's rows: `raw` text as given (or default, or constant), `value` typed, NULL where it cannot be read.

    `filled` says whether there is a cell at all, `heading` is the column for people, `choice` that only some words are right.
    """

    name: str
    type: str
    required: bool
    heading: str
    raw: str
    filled: str
    value: str
    choice: bool
    damaged: str
    """Whether the cell holds what a spreadsheet left of a long number where the number itself matters."""
    essential: bool = False
    """A cell that cannot be read refuses the row; of other fields it costs only itself."""
    of_document: bool = False
    foreign: str = "false"
    """Whether an amount is written with the sign of another currency than the brand's."""


def alias(field: str) -> str:
    """The column of a field in prepared rows."""
    return quoted(f"v_{field}")


def field_sql(upload: Upload, mapping: Mapping, field: Field, options: Dict[str, list[str]]) -> FieldSql:
    """How `field` is read; `options` are the allowed words of choice attributes by field."""
    column = mapping.column(field.name)
    assert column is not None
    raw, stored = _raw(upload, column, field.type)
    untouched = column.column is not None and not column.map and not column.default
    cell = quoted(upload.field(column.column).field) if column.column is not None and untouched else None
    value = _value(field.type, column, mapping.zone, raw, cell, stored)
    choice = field.name in options
    if choice:
        value = f"CASE WHEN {raw} IN ({_list(options[field.name])}) THEN {raw} END"
    exact = field.exact or field.type == "identity"
    damaged = f"regexp_full_match({raw}, {literal(DAMAGED)})" if exact else "false"
    if exact:
        value = f"CASE WHEN NOT {damaged} THEN {value} END"
    foreign = _foreign(mapping.currency, raw) if field.type == "money" and stored == "VARCHAR" else "false"
    if foreign != "false":
        value = f"CASE WHEN NOT {foreign} THEN {value} END"
    filled = f"({raw}) IS NOT NULL"
    if cell is not None and stored != "VARCHAR":
        # a typed cell is seen without writing it out as text, which would cost more than the rest
        filled = f"({cell} IS NOT NULL AND NOT isnan({cell}))" if stored in FLOATS else f"({cell} IS NOT NULL)"
        if field.type in {"text", "identity"} and stored in WHOLE:
            value = f"CAST({cell} AS VARCHAR)"
    if column.prefix:
        # what is masked or encrypted stays bare, to be recognised and refused
        value = f"CASE WHEN regexp_matches({value}, {literal(VEILED)}) THEN {value} ELSE {literal(column.prefix)} || {value} END"
    return FieldSql(
        field.name,
        field.type,
        field.required,
        column.column or field.name,
        raw,
        filled,
        value,
        choice,
        damaged,
        field.essential,
        field.of_document,
        foreign,
    )


def _foreign(currency: str | None, raw: str) -> str:
    """SQL of whether an amount bears the sign of another currency; where nobody says which is right, none is wrong."""
    if currency is None:
        return "false"
    foreign = "".join(sorted(set("".join(SIGNS.values())) - set(SIGNS.get(currency, ""))))
    return f"coalesce(regexp_matches({raw}, '[{foreign}]'), false)"


def _list(texts: Sequence[str]) -> str:
    return ", ".join(literal(value) for value in texts) or "NULL"


def bare_text(cell: str) -> str:
    """SQL of a cell's text without what nobody sees and without what a spreadsheet adds to protect a number (="…", a quote)."""
    seen = f"trim(nfc_normalize(translate({cell}, {literal(INVISIBLE)} || chr(0), '')), {literal(SPACES)})"
    return f"regexp_replace({seen}, {literal(PROTECTED)}, {literal(chr(92) + '1' + chr(92) + '2')})"


def without_placeholder(raw: str, type_: str) -> str:
    """SQL of a cell's text, NULL for a placeholder; 无 in a yes-or-no column is a no."""
    placeholders = PLACEHOLDERS - set(NO) if type_ == "boolean" else PLACEHOLDERS
    return f"CASE WHEN lower({raw}) NOT IN ({_list(sorted(placeholders))}) THEN {raw} END"


def cell_text(column: Heading) -> str:
    """SQL of a cell as text, as it stands in the file."""
    field = quoted(column.field)
    cell = f"CAST({field} AS VARCHAR)"
    if column.stored not in FLOATS:
        return cell
    # a table with gaps turns whole numbers into floats: customer 17850 must not become 17850.0
    whole = f"CASE WHEN {field} = trunc({field}) AND abs({field}) < 1e15 THEN CAST(CAST({field} AS BIGINT) AS VARCHAR)"
    return f"CASE WHEN isnan({field}) THEN NULL ELSE {whole} ELSE {cell} END END"


def _raw(upload: Upload, spec: Column, type_: str) -> tuple[str, str]:
    """SQL of the cell's text, and how the table stores it."""
    if spec.column is None:
        return literal(spec.constant or ""), "VARCHAR"
    column = upload.field(spec.column)
    stored, cell = column.stored, cell_text(column)
    raw = f"nullif(trim({bare_text(cell)}), '')" if stored == "VARCHAR" else f"nullif({cell}, '')"
    valued = without_placeholder(raw, type_) if stored == "VARCHAR" else raw
    if spec.map:
        branches = " ".join(f"WHEN {literal(a)} THEN {literal(b)}" for a, b in spec.map.items())
        valued = f"CASE {raw} {branches} ELSE {valued} END"
    raw = valued
    if spec.default:
        raw = f"coalesce({raw}, {literal(spec.default)})"
    return raw, stored


def _value(type_: str, spec: Column, zone: str, raw: str, field: str | None, stored: str) -> str:
    if type_ in {"number", "money"}:
        number = _number(spec, raw, field, stored)
        return f"({number}) / 100" if type_ == "money" and spec.unit == "fen" else number
    if type_ == "time":
        return _time(spec, zone, raw, field, stored)
    if type_ == "boolean":
        return f"CASE WHEN lower({raw}) IN ({_list(YES)}) THEN true WHEN lower({raw}) IN ({_list(NO)}) THEN false END"
    if type_ == "zone":
        return f"CASE WHEN {raw} IN ({_list(sorted(known_zones()))}) THEN {raw} END"
    if type_ == "list":
        parts = f"string_split_regex({raw}, {literal(SEPARATORS)})"
        if spec.separator:
            parts = f"string_split({raw}, {literal(spec.separator)})"
        return f"list_filter(list_transform({parts}, lambda part: trim(part)), lambda part: part <> '')"
    return f"CASE WHEN length({raw}) <= {TEXT_CHARS_MAX} THEN {raw} END"


def _number(spec: Column, raw: str, field: str | None, stored: str) -> str:
    if field is not None and (stored in WHOLE or stored in FLOATS or stored.startswith("DECIMAL")):
        return f"TRY_CAST({field} AS DECIMAL(18, 6))"
    if spec.decimal == ",":
        bare = f"replace(regexp_replace({raw}, '[^0-9,+-]', '', 'g'), ',', '.')"
        pattern = COMMA_NUMBER
    else:
        bare = f"regexp_replace({raw}, '[^0-9.eE+-]', '', 'g')"
        pattern = NUMBER
    return f"CASE WHEN regexp_full_match({raw}, {literal(pattern)}) THEN TRY_CAST({bare} AS DECIMAL(18, 6)) END"


def _time(spec: Column, zone: str, raw: str, field: str | None, stored: str) -> str:
    if spec.format in {"epoch", "epoch_ms"}:
        divisor = 1000 if spec.format == "epoch_ms" else 1
        moment = f"TRY(to_timestamp(TRY_CAST({raw} AS DOUBLE) / {divisor}))"
    elif field is not None and stored == "TIMESTAMP WITH TIME ZONE":
        moment = field
    elif field is not None and stored.startswith(("TIMESTAMP", "DATE")):
        moment = f"timezone({literal(zone)}, CAST({field} AS TIMESTAMP))"
    else:
        moment = written_time(spec.format, zone, raw)
    return f"CASE WHEN ({moment}) BETWEEN {TIMES[0]} AND {TIMES[1]} THEN {moment} END"


def written_time(time_format: str | None, zone: str, raw: str) -> str:
    """SQL of a time written as text; a zone written with it is honoured, without one it is the mapping's."""
    halves = raw
    for word, half in HALF_DAYS.items():
        halves = f"replace({halves}, {literal(word)}, {literal(half)})"
    # 09:50:26 +0200 and 09:50:26 UTC, as DuckDB reads them
    absolute = f"regexp_replace({raw}, '\\s*(Z|UTC|GMT)$', 'Z')"
    absolute = f"TRY_CAST(regexp_replace({absolute}, '\\s*([-+]\\d\\d):?(\\d\\d)?$', '\\1\\2') AS TIMESTAMPTZ)"
    if time_format:
        parsed = f"try_strptime({halves if '%p' in time_format else raw}, {literal(time_format)})"
        return parsed if "%z" in time_format or "%Z" in time_format else f"timezone({literal(zone)}, {parsed})"
    local = f"coalesce(TRY_CAST({raw} AS TIMESTAMP), try_strptime({halves}, [{_list(TIME_FORMATS + TWELVE_HOURS)}]))"
    return f"CASE WHEN regexp_matches({raw}, {literal(OFFSET)}) THEN {absolute} ELSE timezone({literal(zone)}, {local}) END"
