"""What goes with a message: pictures, links, mini programs, files. Their texts are templates too."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from siyu.content.rules import sandbox
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText

ATTACHMENTS_MAX = 9
TEXT_CHARS_MAX = 2_048
_URLS = frozenset({"url", "picurl", "pic_url"})

KINDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "image": (frozenset(), frozenset({"media_id", "pic_url"})),
    "link": (frozenset({"title", "url"}), frozenset({"desc", "picurl"})),
    "miniprogram": (frozenset({"title", "appid", "page", "pic_media_id"}), frozenset()),
    "video": (frozenset({"media_id"}), frozenset()),
    "file": (frozenset({"media_id"}), frozenset()),
}
"""kind -> (fields it must have, fields it may have)."""
KIND_LABELS = {
    "image": LocalizedText("图片", "Picture"),
    "link": LocalizedText("链接", "Link"),
    "miniprogram": LocalizedText("小程序", "Mini programme"),
    "file": LocalizedText("文件", "File"),
    "video": LocalizedText("视频", "Video"),
}


def check_attachments(
    attachments: Sequence[Any], attributes: Collection[str], path: str = "attachments"
) -> list[Fault]:
    """Everything wrong with `attachments`, each {kind, field: text}, at `attachments[i].field`."""
    if len(attachments) > ATTACHMENTS_MAX:
        return [Fault(path, f"at most {ATTACHMENTS_MAX} attachments", f"最多 {ATTACHMENTS_MAX} 个附件")]
    faults: list[Fault] = []
    for place, attachment in enumerate(attachments):
        faults += _check_one(attachment, attributes, f"{path}[{place}]")
    return faults


def _check_one(attachment: Any, attributes: Collection[str], path: str) -> list[Fault]:
    kind = attachment.get("kind") if isinstance(attachment, Mapping) else None
    if kind not in KINDS:
        return [Fault(f"{path}.kind", "no such kind of attachment", "没有这种附件", " | ".join(KINDS))]
    must, may = KINDS[kind]
    faults = [Fault(f"{path}.{field}", "is needed", "必填") for field in sorted(must) if not attachment.get(field)]
    if kind == "image" and not (attachment.get("media_id") or attachment.get("pic_url")):
        faults.append(Fault(f"{path}.media_id", "a picture needs media_id or pic_url", "图片需要 media_id 或 pic_url"))
    for field, value in attachment.items():
        if field == "kind":
            continue
        at = f"{path}.{field}"
        if field not in must | may:
            faults.append(Fault(at, f"a {kind} has no such field", "没有这个字段", " | ".join(sorted(must | may))))
        elif not isinstance(value, str) or len(value) > TEXT_CHARS_MAX:
            faults.append(
                Fault(at, f"text of at most {TEXT_CHARS_MAX} characters", f"应为不超过 {TEXT_CHARS_MAX} 字的文本")
            )
        elif field in _URLS and value and not value.startswith(("https://", "http://", "{{")):
            faults.append(Fault(at, "not a web address", "不是网址", "https://…"))
        else:
            faults += sandbox.check(value, attributes, at)
    return faults


def render_attachments(attachments: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The attachments with `values` filled in; raises CannotRender."""
    return [
        {
            field: sandbox.render(value, values)
            if field != "kind" and isinstance(value, str) and "{" in value
            else value
            for field, value in attachment.items()
        }
        for attachment in attachments
    ]
