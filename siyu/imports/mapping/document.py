"""The mapping: which column becomes what. A JSON document that people can read, keep and use again."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from siyu.imports.rules.kinds import HISTORY, IDENTITIES, KINDS_OF_IMPORT, MEMBERS, Target
from siyu.kit.errors import Fault, Invalid

ATTRIBUTE = "attribute."
ZONE_DEFAULT = "UTC"
Text = Annotated[str, Field(max_length=200)]


class Column(BaseModel):
    """How one target is filled: from a `column`, or always with a `constant`; what to do with its text on the way."""

    model_config = ConfigDict(extra="forbid")

    column: Text | None = None
    constant: Text | None = None
    default: Text | None = Field(None, description="Used where the cell is empty.")
    format: Text | None = Field(None, description="How a time is written, as in strptime: %d/%m/%Y %H:%M.")
    map: dict[Text, Text] | None = Field(None, max_length=1_000, description="Words of the file to words of the shop.")
    decimal: Literal[".", ","] = Field(".", description="What stands before the fraction of a number.")
    unit: Literal["yuan", "fen"] = "yuan"
    separator: Text | None = Field(None, description="What parts the words of a list; default , ; | 、")
    identity: str | None = Field(None, description="Kind of identity of a customer column.")


class RefundRule(BaseModel):
    """Which documents of an order file are refunds: by the start of their number, or by a column's words."""

    model_config = ConfigDict(extra="forbid")

    prefix: Text | None = None
    column: Text | None = None
    values: list[Text] = Field([], max_length=100)


class Rules(BaseModel):
    """What to do in the cases on which files differ."""

    model_config = ConfigDict(extra="forbid")

    refund: RefundRule | None = None
    duplicates: Literal["keep", "drop"] = Field(
        "keep", description="Lines equal in every column: kept as lines of their own, or dropped but for the first."
    )
    unknown_members: Literal["create", "refuse"] = Field("create", description="A customer whom nobody knows yet.")
    incomplete: Literal["refuse", "keep"] = Field(
        "refuse", description="An order of which a line cannot be read: refused whole, or taken without that line."
    )


class AttributeSpec(BaseModel):
    """An attribute that the import defines when the shop does not have it yet."""

    model_config = ConfigDict(extra="forbid")

    label: Text
    type: Literal["text", "number", "money", "boolean", "date", "choice", "list"] = "text"
    options: list[Text] | None = Field(None, max_length=500)


class Mapping(BaseModel):
    """The whole document. `columns` is {target: column heading, or a Column}."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["members", "orders", "facts"]
    fact: str | None = None
    source: Text = Field("file", min_length=1, description="Where the rows come from; order numbers are unique in it.")
    zone: str = Field(ZONE_DEFAULT, max_length=64, description="Time zone of times that do not say theirs.")
    columns: dict[Text, Text | Column] = Field(max_length=500)
    attributes: dict[Text, AttributeSpec] = Field({}, max_length=200)
    rules: Rules = Rules()

    def spec(self, target: str) -> Column | None:
        """How `target` is filled, or None."""
        given = self.columns.get(target)
        return Column(column=given) if isinstance(given, str) else given

    def identity(self) -> str:
        """The kind of identity by which rows of orders and facts name their customer."""
        spec = self.spec("member")
        return (spec.identity if spec else None) or "external_id"


def read(document: Any) -> Mapping:
    """The mapping in a JSON document; raises Invalid with the path of each fault."""
    try:
        return Mapping.model_validate(document)
    except ValidationError as error:
        faults = [
            Fault("mapping." + ".".join(str(part) for part in e["loc"]), e["msg"], f"格式不正确（{e['type']}）")
            for e in error.errors()
        ]
        raise Invalid(errors=faults) from error


def targets(mapping: Mapping) -> tuple[Target, ...]:
    """The targets of the mapping's kind, with a member's attributes; raises Invalid for a fact that cannot be imported."""
    for kind in KINDS_OF_IMPORT:
        if (kind.kind, kind.fact) == (mapping.kind, mapping.fact):
            named = [name for name in mapping.columns if mapping.kind == "members" and name.startswith(ATTRIBUTE)]
            return (*kind.targets, *(_attribute(mapping, name) for name in named))
    raise Invalid(errors=[Fault("mapping.fact", "no such fact to import", "没有这种可导入的事件", " | ".join(HISTORY))])


def _attribute(mapping: Mapping, name: str) -> Target:
    spec = mapping.attributes.get(name.removeprefix(ATTRIBUTE))
    table: dict[str, Any] = {"number": "number", "money": "money", "boolean": "boolean", "date": "time", "list": "list"}
    return Target(name, spec.label if spec else name, name, table.get(spec.type if spec else "text", "text"))


def check(mapping: Mapping, columns: set[str], zones: set[str]) -> None:
    """Raises Invalid naming everything that keeps `mapping` from reading a file with these `columns`."""
    known = {target.name: target for target in targets(mapping)}
    faults = [*_columns(mapping, known, columns), *_needed(mapping, known)]
    if mapping.zone not in zones:
        faults.append(Fault("mapping.zone", "not a time zone", "不是有效的时区", "Asia/Shanghai"))
    refund = mapping.rules.refund
    if refund is not None and mapping.kind != "orders":
        faults.append(Fault("mapping.rules.refund", "only orders have refunds", "只有订单才有退款规则"))
    elif refund is not None and (refund.prefix is None) == (refund.column is None):
        faults.append(
            Fault("mapping.rules.refund", "give a prefix or a column", "请填写前缀或列名中的一项", "prefix | column")
        )
    elif refund is not None and refund.column is not None and refund.column not in columns:
        faults.append(_no_column("mapping.rules.refund.column", refund.column))
    if faults:
        raise Invalid("This mapping cannot read the file", "列对应关系有误，无法读取文件", errors=faults)


def _columns(mapping: Mapping, known: dict[str, Target], columns: set[str]) -> list[Fault]:
    faults: list[Fault] = []
    for name in mapping.columns:
        path, spec = f"mapping.columns.{name}", mapping.spec(name)
        assert spec is not None
        if name not in known:
            faults.append(Fault(path, "no such target", "没有这个目标字段", " | ".join(known)))
        if (spec.column is None) == (spec.constant is None):
            faults.append(Fault(path, "give a column or a constant", "请填写列名或固定值中的一项", "column | constant"))
        elif spec.column is not None and spec.column not in columns:
            faults.append(_no_column(path, spec.column))
        if spec.identity is not None and spec.identity not in IDENTITIES:
            faults.append(Fault(f"{path}.identity", "no such identity", "没有这种身份", " | ".join(IDENTITIES)))
    return faults


def _no_column(path: str, column: str) -> Fault:
    return Fault(path, f"the file has no column “{column}”", f"文件中没有列“{column}”")


def _needed(mapping: Mapping, known: dict[str, Target]) -> list[Fault]:
    faults = [
        Fault(f"mapping.columns.{target.name}", f"“{target.en}” is needed", f"“{target.zh}”为必填")
        for target in known.values()
        if target.required and target.name not in mapping.columns
    ]
    given = mapping.columns.keys()
    if mapping.kind == "members" and not given & IDENTITIES.keys():
        faults.append(
            Fault("mapping.columns", "map at least one identity", "至少对应一种客户身份", " | ".join(IDENTITIES))
        )
    if mapping.kind == "orders" and "amount" not in given and "price" not in given:
        faults.append(
            Fault("mapping.columns.amount", "map the amount or the unit price", "请对应行金额或单价", "amount | price")
        )
    return faults


def identities(mapping: Mapping) -> list[str]:
    """The identities a members mapping fills, strongest key first."""
    return [target.name for target in MEMBERS if target.type == "identity" and target.name in mapping.columns]
