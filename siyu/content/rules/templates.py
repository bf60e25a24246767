"""What a template may be, and the values it is written with."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from siyu.content.rules import sandbox
from siyu.content.rules.attachments import check_attachments
from siyu.kit.errors import Conflict, Fault
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.text import LocalizedText


class TemplateNameTaken(Conflict):
    code, title, title_zh = "name_taken", "A template has this name", "已有同名模板"

    def __init__(self) -> None:
        super().__init__(errors=[Fault("name", "is in use", "已被使用")])


class TemplateRetired(Conflict):
    code, title, title_zh = "template_retired", "This template is retired", "这个模板已停用"


CONTENT_LABELS = {"name": LocalizedText("名称", "Name"), "body": LocalizedText("正文", "Text")}


def clean_name(name: str) -> str:
    """The name as it is kept."""
    return " ".join(name.split())


def check_template(name: str, body: str, attachments: Sequence[Any], attributes: Collection[str]) -> list[Fault]:
    """Everything wrong with a template, in the body with line and column."""
    faults = []
    if not 0 < len(clean_name(name)) <= NAME_CHARS_MAX:
        faults.append(Fault("name", f"1 to {NAME_CHARS_MAX} characters", f"应为 1 至 {NAME_CHARS_MAX} 个字符"))
    if not body.strip() and not attachments:
        faults.append(Fault("body", "say something, or attach something", "请填写内容或添加附件"))
    return faults + sandbox.check(body, attributes) + check_attachments(attachments, attributes)


def render_values(
    *, name: str | None, attributes: Mapping[str, Any], tags: Sequence[str], shop: str, preferences: str
) -> dict[str, Any]:
    """What a template is written with: member.name, member.<attribute>, member.tags, shop.name, link.preferences."""
    return {
        "member": {**attributes, "name": name or "", "tags": list(tags)},
        "shop": {"name": shop},
        "link": {"preferences": preferences},
    }
