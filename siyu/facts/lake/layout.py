"""The lake's tables: what each holds, how it is sorted, and how rows are turned into them.

Narrow and sorted tables are what makes a question cheap: a condition on a tag reads the rows of that tag and nothing
else. Times are UTC without a zone. Text of a few fixed words (`identities`, `consents`, `suppressed`, `addresses`) stands between
commas, `,wecom:given,sms:withdrawn,`, because a column of few different texts is looked up once a text, not once a row.
"""

from siyu.facts.catalogue import KINDS
from siyu.facts.catalogue.fact import PropType, props_of

DUCKDB_TYPES: dict[PropType, str] = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "money": "BIGINT",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMP",
    "list": "VARCHAR[]",
}
TARGET_BYTES = 128_000_000
"""Size of a whole file: large enough to be read in one go, small enough to be written anew in seconds for one erased member."""
OPTIONS: dict[str, tuple[str, str]] = {
    "parquet_compression": ("zstd", "zstd"),
    "target_file_size": (f"{TARGET_BYTES // 1_000_000}MB", str(TARGET_BYTES)),
}
"""How the lake is kept, as it is said and as the catalogue has it then. zstd: a third smaller than snappy at the same speed
of reading, measured on sorted facts."""
PROPS: dict[str, str] = {
    prop.name: DUCKDB_TYPES[prop.type] for kind in KINDS.values() for prop in props_of(kind) if prop.name != "amount"
}
"""Every listed property of the catalogue with its type in the lake. A name has one type, whatever the kind of fact."""


def prop_column(name: str) -> str:
    """The column of `lake.facts` that holds a listed property."""
    return "amount" if name == "amount" else f"p_{name}"


FACT_COLUMNS: dict[str, str] = {
    "workspace_id": "INTEGER",
    "name": "VARCHAR",
    "member_id": "BIGINT",
    "occurred_at": "TIMESTAMP",
    "recorded_at": "TIMESTAMP",
    "amount": "BIGINT",
    "actor": "VARCHAR",
    "props": "JSON",
    "seq": "BIGINT",
    "id": "UUID",
    **{prop_column(name): kind for name, kind in PROPS.items()},
}
TABLES: dict[str, dict[str, str]] = {
    "facts": FACT_COLUMNS,
    "profiles": {
        "workspace_id": "INTEGER",
        "member_id": "BIGINT",
        "created_at": "TIMESTAMP",
        "merged_into": "BIGINT",
        "zone": "VARCHAR",
        "source": "VARCHAR",
        "attributes": "JSON",
        "identities": "VARCHAR",
        "consents": "VARCHAR",
        "suppressed": "VARCHAR",
        "addresses": "VARCHAR",
    },
    "tags": {"workspace_id": "INTEGER", "tag": "VARCHAR", "member_id": "BIGINT", "until": "TIMESTAMP"},
    "attributes": {
        "workspace_id": "INTEGER",
        "field": "VARCHAR",
        "member_id": "BIGINT",
        "text": "VARCHAR",
        "number": "DOUBLE",
    },
    "merges": {"workspace_id": "INTEGER", "member_id": "BIGINT", "winner": "BIGINT"},
    "relay_cursor": {"txid": "UBIGINT", "seq": "BIGINT"},
}
"""`addresses` are the channels on which an account of ours is connected with the member now. `tags` and `attributes` are of members who are not merged away; a list has a row an element.
`merges` says whose the facts of a number are: the last winner's, or nobody's (null) once that member is erased."""

SORTED = {
    "facts": "workspace_id, name, occurred_at",
    "profiles": "workspace_id, member_id",
    "tags": "workspace_id, tag, member_id",
    "attributes": "workspace_id, field, member_id",
    "merges": "workspace_id, member_id",
}


def create(table: str, schema: str = "lake") -> str:
    """The statement that makes a table when it is missing."""
    columns = ", ".join(f"{name} {kind}" for name, kind in TABLES[table].items())
    return f"CREATE TABLE IF NOT EXISTS {schema}.{table} ({columns})"


def fact_rows(source: str) -> str:
    """A SELECT of the columns of `lake.facts` from rows of the log: `source` has the first ten but `amount`, props as text."""
    shape = ", ".join(f'"{name}":"{kind}"' for name, kind in (("amount", "BIGINT"), *PROPS.items()))
    columns = [
        column
        if column in ("workspace_id", "name", "member_id", "actor", "seq", "id")
        else f"{column}::TIMESTAMP AS {column}"
        if column.endswith("_at")
        else "props::JSON AS props"
        if column == "props"
        else f'v."{column.removeprefix("p_")}" AS {column}'
        for column in FACT_COLUMNS
    ]
    return f"SELECT {', '.join(columns)} FROM (SELECT *, from_json(props, '{{{shape}}}') AS v FROM {source})"


def delimited(values: str) -> str:
    """SQL of a list of words as the text with commas around each; `values` is SQL of a list, null for none."""
    return f"coalesce(',' || nullif(array_to_string(list_sort({values}), ','), '') || ',', ',')"


def attribute_rows(source: str) -> str:
    """A SELECT of the columns of `lake.attributes` from `source` (workspace_id, member_id, attributes as JSON)."""
    return f"""
        SELECT workspace_id, field, member_id, value AS text, TRY_CAST(value AS DOUBLE) AS number FROM (
            SELECT workspace_id, member_id, field, unnest(
                CASE WHEN json_type(attributes, path) = 'ARRAY' THEN CAST(json_extract(attributes, path) AS VARCHAR[])
                     ELSE [json_extract_string(attributes, path)] END) AS value
            FROM (SELECT *, '$."' || field || '"' AS path
                  FROM (SELECT workspace_id, member_id, attributes, unnest(json_keys(attributes)) AS field FROM {source})))
        WHERE value IS NOT NULL"""
