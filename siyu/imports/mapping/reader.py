"""Mappings read and checked against the kind they name and the file they are for."""

from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from siyu.imports.kind import AnyKind
from siyu.imports.kinds import KINDS
from siyu.imports.mapping.document import Mapping
from siyu.imports.mapping.fields import IMPORTED_IDENTITIES, Field
from siyu.kit.errors import Fault, Invalid, parser_faults

KIND_NAMES = tuple(dict.fromkeys(kind.name for kind in KINDS))


def read(document: Any) -> Mapping:
    """The mapping in a JSON document; raises Invalid with the path of each fault."""
    try:
        mapping = Mapping.model_validate(document)
    except ValidationError as error:
        named = document.get("kind") if isinstance(document, dict) else None
        faults = parser_faults(error.errors(), "mapping")
        raise Invalid(
            errors=[*faults, *(_no_kind() if isinstance(named, str) and named not in KIND_NAMES else ())]
        ) from error
    kind_of(mapping)
    return mapping


def kind_named(name: str) -> AnyKind:
    """The one kind of a name that has no facts."""
    return next(kind for kind in KINDS if (kind.name, kind.fact) == (name, None))


def kind_of(mapping: Mapping) -> AnyKind:
    """The kind of import that a mapping is for; raises Invalid."""
    exact = next((kind for kind in KINDS if (kind.name, kind.fact) == (mapping.kind, mapping.fact)), None)
    if exact is not None:
        return exact
    if mapping.kind not in KIND_NAMES:
        raise Invalid(errors=_no_kind())
    facts = [kind.fact for kind in KINDS if kind.name == mapping.kind and kind.fact]
    if not facts:
        raise Invalid(errors=[Fault("mapping.fact", "this kind has no facts", "这类文件没有事件")])
    raise Invalid(errors=[Fault("mapping.fact", "no such fact to import", "没有这种可导入的事件", " | ".join(facts))])


def _no_kind() -> list[Fault]:
    return [Fault("mapping.kind", "no such kind of import", "没有这种导入类型", " | ".join(KIND_NAMES))]


def check(mapping: Mapping, columns: Collection[str], zones: Collection[str]) -> None:
    """Raises Invalid naming everything that keeps `mapping` from reading a file with these `columns`."""
    kind = kind_of(mapping)
    known = {field.name: field for field in kind.fields_of(mapping)}
    faults = [*_columns(mapping, known, columns), *_missing(mapping, kind, known)]
    if mapping.zone not in zones:
        faults.append(Fault("mapping.zone", "not a time zone", "不是有效的时区", "Asia/Shanghai"))
    if mapping.attributes and not kind.takes_attributes:
        faults.append(Fault("mapping.attributes", "this kind has no attributes", "这类文件没有客户属性"))
    try:
        faults += kind.check(mapping, columns)
        kind.rules(mapping)
    except Invalid as refusal:
        faults += refusal.errors
    if faults:
        raise Invalid("This mapping cannot read the file", "列对应关系有误，无法读取文件", errors=faults)


def _columns(mapping: Mapping, known: dict[str, Field], columns: Collection[str]) -> list[Fault]:
    faults: list[Fault] = []
    for name in mapping.columns:
        path, column = f"mapping.columns.{name}", mapping.column(name)
        assert column is not None
        if name not in known:
            faults.append(Fault(path, "no such field", "没有这个目标字段", " | ".join(known)))
        if (column.column is None) == (column.constant is None):
            faults.append(Fault(path, "give a column or a constant", "请填写列名或固定值中的一项", "column | constant"))
        elif column.column is not None and column.column not in columns:
            missing = column.column
            faults.append(Fault(path, f"the file has no column “{missing}”", f"文件中没有列“{missing}”"))
        if column.identity is not None and column.identity not in IMPORTED_IDENTITIES:
            identities = " | ".join(IMPORTED_IDENTITIES)
            faults.append(Fault(f"{path}.identity", "no such identity", "没有这种身份", identities))
    return faults


def _missing(mapping: Mapping, kind: AnyKind, known: dict[str, Field]) -> list[Fault]:
    faults = [
        Fault(f"mapping.columns.{field.name}", f"“{field.label.en}” is needed", f"“{field.label.zh}”为必填")
        for field in known.values()
        if field.required and field.name not in mapping.columns
    ]
    for group in kind.needs_one_of:
        if not mapping.columns.keys() & set(group.fields):
            labels = [known[name].label for name in group.fields]
            zh, en = "、".join(label.zh for label in labels), ", ".join(label.en for label in labels)
            faults.append(
                Fault(group.path, f"map at least one of: {en}", f"请至少对应一项：{zh}", " | ".join(group.fields))
            )
    return faults
