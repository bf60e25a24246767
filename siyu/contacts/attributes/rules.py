"""Typed attributes, channels and zones: what a value may be, said field by field."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from typing import Any

from siyu.kit.errors import Fault, Invalid
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.text import LocalizedText
from siyu.kit.time import known_zones

VALUE_FORMS: dict[str, LocalizedText] = {
    "text": LocalizedText("文本", "text"),
    "number": LocalizedText("数字", "number"),
    "money": LocalizedText("整数分", "integer fen"),
    "boolean": LocalizedText("是/否", "true or false"),
    "date": LocalizedText("日期 YYYY-MM-DD", "date YYYY-MM-DD"),
    "choice": LocalizedText("选项之一", "one of the options"),
    "list": LocalizedText("文本列表", "list of texts"),
}
"""How a value of each type of attribute is written."""
DEFINITION_LABELS = {"label": LocalizedText("显示名称", "Shown as"), "options": LocalizedText("选项", "Options")}
TYPE_LABELS: dict[str, LocalizedText] = {
    "text": LocalizedText("文本", "Text"),
    "number": LocalizedText("数字", "Number"),
    "money": LocalizedText("金额", "Money"),
    "boolean": LocalizedText("是/否", "Yes or no"),
    "date": LocalizedText("日期", "Date"),
    "choice": LocalizedText("单选", "Choice"),
    "list": LocalizedText("多选", "List"),
}

ATTRIBUTES_MAX = 200
"""Attributes a workspace may define."""
OPTIONS_MAX = 200
TEXT_VALUE_CHARS_MAX = 500
LIST_VALUES_MAX = 50
NUMBER_MAX = 10**15
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
RESERVED = frozenset(
    {"id", "name", "zone", "tags", "tag", "source", "created_at", "updated_at", "phone", "email", "identities"}
)
"""Names that templates and audiences already use for something else."""


@dataclass(frozen=True)
class Spec:
    """A defined attribute. Values hold the keys of its `options`; `option_names` is what renamed ones are called, by key."""

    name: str
    label: str
    type: str
    options: tuple[str, ...] | None = None
    option_names: Mapping[str, str] = field(default_factory=dict)

    def shown_options(self) -> tuple[str, ...] | None:
        """What its options are called now."""
        return None if self.options is None else tuple(self.option_names.get(key, key) for key in self.options)

    def option_keys(self) -> dict[str, str]:
        """From what each option is called, or from its key, to its key; a name of now goes before a key."""
        own = {key: key for key in self.options or ()}
        return own | {self.option_names.get(key, key): key for key in own}

    def kept(self, value: Any) -> Any:
        """A value as members hold it."""
        return _each(self.option_keys(), value)

    def shown(self, value: Any) -> Any:
        """A value that a member holds, as people read it."""
        return _each(self.option_names, value)


def _each(table: Mapping[str, str], value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [table.get(item, item) for item in value]
    return table.get(value, value) if isinstance(value, str) else value


def kept_values(specs: Mapping[str, Spec], values: Mapping[str, Any]) -> dict[str, Any]:
    """Checked `values` as members hold them."""
    return {name: specs[name].kept(value) if name in specs else value for name, value in values.items()}


def shown_values(specs: Mapping[str, Spec], values: Mapping[str, Any]) -> dict[str, Any]:
    """What a member holds, as people read it."""
    return {name: specs[name].shown(value) if name in specs else value for name, value in values.items()}


def renamed_option(spec: Spec, option: str, name: str) -> tuple[str, dict[str, str]]:
    """The key of an option and all names by key once it is called `name`; raises Invalid."""
    key = spec.option_keys().get(option)
    if key is None:
        raise Invalid(
            errors=[Fault("option", "no such option", "没有这个选项", " | ".join(spec.shown_options() or ()))]
        )
    clean = name.strip()
    if not 0 < len(clean) <= NAME_CHARS_MAX:
        fault = Fault("name", f"1 to {NAME_CHARS_MAX} characters", f"应为 1 至 {NAME_CHARS_MAX} 个字符")
        raise Invalid(errors=[fault])
    if any(clean == spec.shown(other) for other in spec.options or () if other != key):
        raise Invalid(errors=[Fault("name", "another option has this name", "已有同名选项")])
    names = {**spec.option_names, key: clean}
    return key, {own: called for own, called in names.items() if own != called}


def changed_options(spec: Spec, names: Sequence[str]) -> Spec:
    """The attribute when its options are those called `names`: the ones that it has keep their keys, new ones get their own."""
    own = {spec.shown(key): key for key in spec.options or ()}
    taken = set(own.values())
    keys = []
    for name in dict.fromkeys(names):
        key = own.get(name) or next(k for n in count(1) if (k := name if n == 1 else f"{name}#{n}") not in taken)
        taken.add(key)
        keys.append((key, name))
    return replace(
        spec,
        options=tuple(key for key, _ in keys) or None,
        option_names={key: name for key, name in keys if key != name},
    )


def check_definition(name: str, label: str, type_: str, options: Sequence[str] | None) -> Spec:
    """A definition as it may be kept; raises Invalid naming each wrong field."""
    faults = []
    if not _NAME.fullmatch(name):
        faults.append(
            Fault(
                "name",
                "not a field name",
                "只能用小写字母、数字和下划线，1 至 40 个字符",
                "lower-case letters, digits, underscores; 1 to 40",
            )
        )
    elif name in RESERVED:
        faults.append(Fault("name", "this name is reserved", "这个字段名已被系统使用"))
    if not 0 < len(label.strip()) <= NAME_CHARS_MAX:
        faults.append(Fault("label", "needs a name people read", "请填写显示名称"))
    if type_ not in TYPE_LABELS:
        faults.append(Fault("type", "no such type", "没有这种类型", " | ".join(TYPE_LABELS)))
    cleaned = _options(type_, options, faults)
    if faults:
        raise Invalid(errors=faults)
    return Spec(name, label.strip(), type_, cleaned)


def _options(type_: str, options: Sequence[str] | None, faults: list[Fault]) -> tuple[str, ...] | None:
    cleaned = tuple(dict.fromkeys(option.strip() for option in options or () if option.strip()))
    if type_ == "choice" and not cleaned:
        faults.append(Fault("options", "a choice needs options", "单选需要至少一个选项"))
    if type_ not in ("choice", "list") and cleaned:
        faults.append(Fault("options", "only a choice or a list has options", "只有单选和多选有选项"))
    if len(cleaned) > OPTIONS_MAX or any(len(option) > TEXT_VALUE_CHARS_MAX for option in cleaned):
        faults.append(Fault("options", f"at most {OPTIONS_MAX} options", f"最多 {OPTIONS_MAX} 个选项"))
    return cleaned or None


def check_values(specs: Mapping[str, Spec], values: Mapping[str, Any], path: str) -> list[Fault]:
    """What is wrong with `values`, each named as `path.name`; None is always right (it means: no value)."""
    faults = []
    for name, value in values.items():
        spec = specs.get(name)
        if spec is None:
            faults.append(Fault(f"{path}.{name}", "no such attribute", "没有这个属性", "an attribute that is defined"))
        elif value is not None and not _fits(spec, value):
            form = VALUE_FORMS[spec.type]
            expected = " | ".join(spec.shown_options() or ()) or form.en
            faults.append(Fault(f"{path}.{name}", f"must be: {form.en}", f"应为：{form.zh}", expected[:NAME_CHARS_MAX]))
    return faults


def _fits(spec: Spec, value: Any) -> bool:
    if spec.type == "boolean":
        return isinstance(value, bool)
    if spec.type == "money":
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= NUMBER_MAX
    if spec.type == "number":
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and math.isfinite(value) and abs(value) <= NUMBER_MAX
    allowed = spec.option_keys()
    if spec.type == "list":
        if not isinstance(value, list | tuple) or len(value) > LIST_VALUES_MAX:
            return False
        return all(_text(item) and (spec.options is None or item in allowed) for item in value)
    if not _text(value):
        return False
    if spec.type == "choice":
        return value in allowed
    return spec.type != "date" or _date(value)


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= TEXT_VALUE_CHARS_MAX and "\x00" not in value


def _date(value: str) -> bool:
    try:
        # fromisoformat takes weeks (2026-W05-3) and days without dashes as well
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def check_zone(zone: str | None, path: str = "zone") -> list[Fault]:
    """What is wrong with a member's zone."""
    if zone is None or zone in known_zones():
        return []
    return [Fault(path, "not a time zone", "不是有效的时区", "Asia/Shanghai")]


def check_name(name: str | None, path: str = "name") -> list[Fault]:
    """What is wrong with a member's name."""
    if name is None or (len(name) <= NAME_CHARS_MAX and "\x00" not in name):
        return []
    return [Fault(path, f"at most {NAME_CHARS_MAX} characters", f"最多 {NAME_CHARS_MAX} 个字符")]
