"""History: facts about members, each recorded once however often its file comes. One kind for each fact that a file may tell."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from sqlalchemy import text

from siyu.facts.catalogue import CATALOGUE
from siyu.facts.catalogue.fact import Fact, PropSpec, props_of
from siyu.facts.log.actions import record_from
from siyu.imports.files.chunks import Chunk
from siyu.imports.files.duckdb_session import literal
from siyu.imports.files.expressions import alias
from siyu.imports.files.prepared import arranged_by_key
from siyu.imports.kind import ImportKind, PreviewMatch, Rules
from siyu.imports.mapping.document import Mapping as MappingDocument
from siyu.imports.mapping.fields import CUSTOMER_HEADINGS, Field, FieldType
from siyu.imports.models import Import
from siyu.imports.runs.customers import UNKNOWN_MEMBERS, Customers, find_members, match_customers, read_customers
from siyu.imports.runs.refused_rows import refuse_rows
from siyu.imports.runs.report import Tally
from siyu.kit.crypto import keyed_hash
from siyu.kit.db import Tx
from siyu.kit.staging import Sql, StagingTable
from siyu.kit.text import LocalizedText

IMPORTED_FACTS: tuple[str, ...] = (
    "campaign_sent",
    "coupon_redeemed",
    "friend_added",
    "friend_removed",
    "message_received",
)
"""Facts a file may tell. The others are the shadow of rows that a room keeps: told without the row, they would lie."""

_MEMBER = Field("member", LocalizedText("客户", "Customer"), "identity", required=True, headings=CUSTOMER_HEADINGS)
_OCCURRED_AT = Field(
    "occurred_at",
    LocalizedText("发生时间", "Happened at"),
    "time",
    required=True,
    headings=[
        "occurredat",
        "date",
        "time",
        "timestamp",
        "datetime",
        "sentat",
        "startdate",
        "redemptiondate",
        "redeemedat",
        "发生时间",
        "时间",
        "日期",
        "发送时间",
        "核销时间",
        "使用时间",
        "开始时间",
    ],
)
_KEY = Field(
    "key",
    LocalizedText("事件编号", "Key of the event"),
    headings=["key", "eventid", "id", "事件编号", "流水号"],
    exact=True,
    essential=True,
)
_PROP_HEADINGS: dict[str, Sequence[str]] = {
    "campaign": ["campaign", "campaignid", "campaignname", "activity", "活动", "活动名称", "活动编号"],
    "kind": ["kind", "type", "campaigntype", "类型", "活动类型"],
    "coupon": ["coupon", "couponid", "couponcode", "couponupc", "优惠券", "券码", "券编号"],
    "staff": ["staff", "staffid", "userid", "员工", "导购"],
    "channel": ["channel", "渠道"],
}
_PROP_TYPES: dict[str, FieldType] = {
    "money": "money",
    "number": "number",
    "boolean": "boolean",
    "time": "time",
    "list": "list",
}
_JSON_VALUES = {
    "money": "CAST(round({} * 100) AS BIGINT)",
    "number": "{}::DOUBLE",
    "time": "strftime({}, '%Y-%m-%dT%H:%M:%SZ')",
}


class _Event(NamedTuple):
    row: Annotated[int, Sql("bigint")]
    customer: Annotated[str, Sql("text")]
    at: Annotated[datetime, Sql("timestamptz")]
    key: Annotated[str | None, Sql("text")]
    props: Annotated[str, Sql("jsonb")]


class _Customer(NamedTuple):
    customer: Annotated[str, Sql("text PRIMARY KEY")]
    member_id: Annotated[int, Sql("bigint")]
    key: Annotated[str, Sql("text")]


_EVENTS = StagingTable("staged_event", _Event)
_CUSTOMERS = StagingTable("staged_event_customer", _Customer)


class FactRules(Rules):
    """Unknown customers."""

    unknown_members: Annotated[Literal["create", "refuse"], UNKNOWN_MEMBERS] = "create"


class Facts(ImportKind[FactRules]):
    """The history of one fact of the catalogue."""

    name = "facts"
    rules_model = FactRules

    def __init__(self, fact: type[Fact]) -> None:
        required = {name for name, field in fact.model_fields.items() if field.is_required()}
        self.of = fact
        self.props = props_of(fact)
        self.fact = fact.name
        self.records, self.happens_at = (fact.name,), _OCCURRED_AT.name
        self.label = LocalizedText(f"历史事件：{fact.label.zh}", f"History: {fact.label.en}")
        self.fields = (_MEMBER, _OCCURRED_AT, _KEY, *(_field(prop, prop.name in required) for prop in self.props))
        self.file_words = ("fact", self.label.zh, fact.name.split("_")[0])

    def arrange(self, mapping: MappingDocument) -> str:
        """Rows as they stand; one equal to an earlier one in every column is a duplicate."""
        return arranged_by_key("same")

    def chunk_selects(self, mapping: MappingDocument, columns: set[str]) -> Mapping[str, str]:
        """Events as their staging table has them; every property that is mapped goes into the JSON."""
        types = {field.name: field.type for field in self.fields}
        mapped = [prop.name for prop in self.props if prop.name in mapping.columns]
        pairs = [f"{literal(name)}, {_JSON_VALUES.get(types[name], '{}').format(alias(name))}" for name in mapped]
        values = {
            "row": "row",
            "customer": alias("member"),
            "at": alias("occurred_at"),
            "key": alias("key") if "v_key" in columns else "NULL",
            "props": f"json_object({', '.join(pairs)})",
        }
        return {_EVENTS.name: _EVENTS.select(values, "FROM good ORDER BY pos")}

    def prepare(self, workspace_id: int, mapping: MappingDocument, chunk: Chunk) -> Customers:
        """Whom the chunk names."""
        return read_customers(workspace_id, mapping, chunk.customers)

    async def match_preview(self, tx: Tx, workspace_id: int, mapping: MappingDocument) -> PreviewMatch:
        """Customers that cannot be one are refused."""
        return match_customers(workspace_id, mapping)

    async def write(self, tx: Tx, run: Import, mapping: MappingDocument, chunk: Chunk, now: datetime) -> Tally:
        """Members found or made, then the facts in one statement.

        A fact without a key of its own is known by whose, when and what. The customer goes in as a keyed hash: the key must
        outlive a merge of members and must not tell who it was.
        """
        await _EVENTS.create(tx)
        await _EVENTS.copy_csv(tx, chunk.csvs[_EVENTS.name])
        create = self.rules(mapping).unknown_members == "create"
        customers = await find_members(tx, run, mapping, chunk, now, create=create)
        kind = mapping.identity()
        await _CUSTOMERS.create(tx)
        await _CUSTOMERS.copy(
            tx, (_Customer(c, member, keyed_hash("import", kind, c).hex()) for c, member in customers.members.items())
        )
        refused = await _refuse(tx, run, mapping, customers.refused)
        recorded = await record_from(
            tx,
            self.of,
            f"""
                SELECT CAST(:workspace_id AS int), c.member_id, e.at, CAST(:actor AS text), concat_ws(':', 'import',
                    CAST(:fact AS text), CAST(:source AS text),
                    coalesce(e.key, md5(concat_ws('|', c.key, extract(epoch FROM e.at), e.props)))),
                    jsonb_strip_nulls(e.props)
                FROM {_EVENTS.name} e JOIN {_CUSTOMERS.name} c USING (customer) ORDER BY e.at, e.row
            """,
            {"workspace_id": run.workspace_id, "actor": run.started_by, "fact": self.fact, "source": mapping.source},
            now,
        )
        rows = chunk.end - chunk.start - chunk.refused - refused
        return Tally(
            rows_new=recorded,
            rows_known=rows - recorded,
            rows_refused=chunk.refused + refused,
            members_created=customers.created,
            facts=recorded,
        )

    def summary(self, tally: Tally) -> LocalizedText:
        """Events that are new, and those that were here."""
        return LocalizedText(
            f"新增事件 {tally.facts:,} 条，已存在 {tally.rows_known:,} 条；拒绝 {tally.rows_refused:,} 行。",
            f"{tally.facts:,} events are new, {tally.rows_known:,} were already here; "
            f"{tally.rows_refused:,} rows were refused.",
        )


def _field(prop: PropSpec, required: bool) -> Field:
    headings = (*_PROP_HEADINGS.get(prop.name, (prop.name.replace("_", ""),)), prop.label.zh)
    # a fact without a key is known by all it says
    return Field(prop.name, prop.label, _PROP_TYPES.get(prop.type, "text"), required, headings, essential=True)


async def _refuse(tx: Tx, run: Import, mapping: MappingDocument, refused: Mapping[str, str]) -> int:
    """Take events of these {customer: code} out of the staging table and keep why; returns how many."""
    if not refused:
        return 0
    rows = await tx.execute(
        text(f"DELETE FROM {_EVENTS.name} WHERE customer = ANY(CAST(:values AS text[])) RETURNING row, customer"),
        {"values": list(refused)},
    )
    return await refuse_rows(tx, run, mapping.heading("member"), [tuple(row) for row in rows], refused)


KINDS = tuple(Facts(fact) for fact in CATALOGUE if fact.name in IMPORTED_FACTS)
