"""Settings that people write (a step, a trigger, a condition): one pydantic model is their parser, their refusals by path in
both languages, and the schema from which the console draws their form."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, ErrorDetails

from siyu.kit.errors import Fault, reason_of
from siyu.kit.text import LocalizedText


@dataclass(frozen=True)
class Setting:
    """What the form and the refusals say of one field; stands in the field's `Annotated`.

    `format` names the picker that the console shows, `of` the field beside it that the picker depends on. `fault` is said
    whatever is wrong with the value, with `expected`; without it the words of the kind of error are used. The form shows
    the field only while the fields named in `only_with` have these values.
    """

    label: LocalizedText
    fault: LocalizedText | None = None
    expected: str | None = None
    hint: LocalizedText | None = None
    format: str | None = None
    of: str | None = None
    options: Mapping[str, LocalizedText] = field(default_factory=dict)
    only_with: Mapping[str, str] | None = None

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The field's schema with what the console needs to draw it."""
        schema = dict(handler(core))
        shown = {
            "label": self.label,
            "hint": self.hint,
            "format": self.format,
            "of": self.of,
            "options": [{"value": value, "label": label} for value, label in self.options.items()] or None,
            "only_with": self.only_with,
        }
        return schema | {key: value for key, value in shown.items() if value is not None}


@dataclass(frozen=True)
class Mode:
    """One of several ways to fill a form: the values it starts with, which name the fields that it shows."""

    label: LocalizedText
    start: Mapping[str, Any]


class Config(BaseModel):
    """Settings that people write. Unknown keys are refused and values are taken as they are: "5" is not 5."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    modes: ClassVar[tuple[Mode, ...]] = ()

    def fault(self, path: str, name: str, reason: LocalizedText | None = None, expected: str | None = None) -> Fault:
        """A fault of the field `name` of settings at `path`, in the words of the field unless `reason` says otherwise."""
        setting = _setting(type(self), name)
        text = reason or (setting.fault if setting else None) or _WRONG
        expected = expected or (setting.expected if setting else None)
        return Fault(_join(path, name), text.en, text.zh, expected, _choices_zh(setting))


C = TypeVar("C", bound=Config)

_WRONG = LocalizedText("填写有误", "not right")


def parse(model: type[C], raw: Any, path: str) -> tuple[C | None, list[Fault]]:
    """The settings in `raw`, which stand at `path`, and what is wrong with them.

    Despite faults there are settings to check further if what is wrong can be left out.
    """
    if not isinstance(raw, dict):
        return None, [Fault(path, "must be an object", "应为对象")]
    try:
        return model.model_validate(raw), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        by_path = {fault.path: fault for fault in reversed([_fault(model, detail, path) for detail in errors])}
        return _without(model, raw, errors), list(reversed(by_path.values()))


def load(model: type[C], raw: Mapping[str, Any]) -> C:
    """Settings that were checked when they were saved, by whatever was the rule then: what is not known today is left out."""
    try:
        return model.model_validate(raw, extra="ignore")
    except ValidationError as error:
        left = _without(model, raw, error.errors(include_url=False, include_input=False))
        if left is None:
            raise
        return left


def checked(faults: list[Fault], more: Iterable[Fault]) -> list[Fault]:
    """`faults` of the parser and `more` from checking what was left: one fault is enough for a path and what is around it."""
    taken = [fault.path for fault in faults]
    return faults + [fault for fault in more if not any(path.startswith(fault.path) for path in taken)]


def nested(path: str, faults: Iterable[Fault]) -> list[Fault]:
    """The faults of an inner document, with their paths as seen from the outer one."""
    return [replace(fault, path=_join(path, fault.path)) for fault in faults]


def is_one_of(value: Any, options: Iterable[str]) -> bool:
    """Whether a value from outside, of whatever type, is one of `options`."""
    return isinstance(value, str) and value in options


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


def _without(model: type[C], raw: Mapping[str, Any], errors: Sequence[ErrorDetails]) -> C | None:
    """The settings when every wrong value is left out; None when the rest is not enough."""
    left = copy.deepcopy(dict(raw))
    for error in errors:
        *way, last = error["loc"] or (None,)
        here: Any = left
        for part in way:
            inside = (isinstance(here, dict) and part in here) or (isinstance(here, list) and isinstance(part, int))
            here = here[part] if inside else None
        if isinstance(here, dict):
            here.pop(last, None)
    try:
        return model.model_validate(left, extra="ignore")
    except ValidationError:
        return None


def _fault(model: type[BaseModel], error: ErrorDetails, path: str) -> Fault:
    setting, current = None, model
    for part in error["loc"]:
        if isinstance(part, int):
            path += f"[{part}]"
            continue
        path = _join(path, part)
        if part not in current.model_fields:
            break
        setting = _setting(current, part)
        inner = _model_inside(current.model_fields[part].annotation)
        if inner is None:
            break
        current = inner
    if error["type"] == "extra_forbidden":
        text, expected = reason_of(error), " | ".join(current.model_fields) or None
    elif setting is not None and setting.fault is not None:
        text, expected = setting.fault, setting.expected
    else:
        text = reason_of(error)
        expected = (setting.expected or " | ".join(setting.options) or None) if setting else None
    return Fault(path, text.en, text.zh, expected, _choices_zh(setting))


def labels_of(model: type[Config]) -> dict[str, LocalizedText]:
    """What the fields of settings are called, by name."""
    marks = {name: _setting(model, name) for name in model.model_fields}
    return {name: mark.label for name, mark in marks.items() if mark is not None}


def _choices_zh(setting: Setting | None) -> str | None:
    return "、".join(label.zh for label in setting.options.values()) or None if setting else None


def settings_by_field(model: type[Config]) -> dict[str, Setting]:
    """What each field of the settings says of itself."""
    settings = {name: _setting(model, name) for name in model.model_fields}
    return {name: setting for name, setting in settings.items() if setting is not None}


def models_inside(model: type[Config]) -> dict[str, type[Config]]:
    """The fields that hold settings of their own, each with their model."""
    inner = {name: _model_inside(field.annotation) for name, field in model.model_fields.items()}
    return {name: within for name, within in inner.items() if within is not None and issubclass(within, Config)}


def _setting(model: type[BaseModel], name: str) -> Setting | None:
    return next((setting for setting in model.model_fields[name].metadata if isinstance(setting, Setting)), None)


def _model_inside(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((inner for arg in get_args(annotation) if (inner := _model_inside(arg)) is not None), None)


class OptionOut(BaseModel):
    value: str
    label: LocalizedText


class ModeOut(BaseModel):
    label: LocalizedText
    start: dict[str, Any]


class SettingSchema(BaseModel):
    """A JSON schema of settings, with references resolved, and what a form says of each field."""

    type: str | None = None
    format: str | None = None
    label: LocalizedText | None = None
    hint: LocalizedText | None = None
    of: str | None = None
    options: list[OptionOut] | None = None
    only_with: dict[str, str] | None = None
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = Field(None, alias="minLength")
    max_length: int | None = Field(None, alias="maxLength")
    min_items: int | None = Field(None, alias="minItems")
    max_items: int | None = Field(None, alias="maxItems")
    required: list[str] | None = None
    properties: "dict[str, SettingSchema] | None" = None
    items: "SettingSchema | None" = None
    modes: list[ModeOut] | None = None


def schema_of(model: type[Config]) -> SettingSchema:
    """The schema of settings, as the console draws their form from it."""
    raw = model.model_json_schema()
    schema = SettingSchema.model_validate(_resolved(raw, raw.get("$defs", {})))
    if model.modes:
        schema.modes = [ModeOut(label=mode.label, start=dict(mode.start)) for mode in model.modes]
    return schema


def _resolved(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with references replaced by what they name, and "X or null" by X."""
    resolved = dict(schema)
    if "$ref" in resolved:
        resolved = {**defs[resolved.pop("$ref").rpartition("/")[2]], **resolved}
    if "anyOf" in resolved:
        kinds = [kind for kind in resolved.pop("anyOf") if kind.get("type") != "null"]
        resolved = {**(kinds[0] if len(kinds) == 1 else {}), **resolved}
        if "$ref" in resolved:
            return _resolved(resolved, defs)
    if isinstance(resolved.get("properties"), dict):
        resolved["properties"] = {name: _resolved(inner, defs) for name, inner in resolved["properties"].items()}
    if isinstance(resolved.get("items"), dict):
        resolved["items"] = _resolved(resolved["items"], defs)
    return resolved
