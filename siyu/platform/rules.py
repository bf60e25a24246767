"""The access table and the other pure decisions of the platform room."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from siyu.facts.catalogue import CATALOGUE
from siyu.kit.errors import Conflict, Fault, Forbidden, Invalid, Refusal
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.numbers import number
from siyu.kit.text import LocalizedText, joined, same
from siyu.kit.time import known_zones

PERMISSIONS: dict[str, LocalizedText] = {
    "members.read": LocalizedText("查看客户", "See members"),
    "members.write": LocalizedText("编辑客户、标签与授权", "Change members, tags and consent"),
    "members.reveal": LocalizedText("查看明文手机与邮箱", "See phone and email in clear"),
    "members.merge": LocalizedText("合并与撤销合并", "Merge members and undo it"),
    "members.erase": LocalizedText("删除个人信息", "Erase personal data"),
    "tags.write": LocalizedText("维护标签体系", "Keep the tag norms"),
    "audiences.read": LocalizedText("查看人群", "See audiences"),
    "audiences.write": LocalizedText("编辑人群", "Change audiences"),
    "templates.read": LocalizedText("查看内容模板", "See templates"),
    "templates.write": LocalizedText("编辑内容模板", "Change templates"),
    "messages.read": LocalizedText("查看触达记录", "See messages"),
    "messages.cancel": LocalizedText("取消等待发送的消息", "Cancel messages that wait"),
    "messages.resolve": LocalizedText("处理待核实消息", "Settle messages in doubt"),
    "calm.read": LocalizedText("查看触达频控", "See frequency caps and quiet hours"),
    "calm.write": LocalizedText("设置触达频控", "Set frequency caps and quiet hours"),
    "accounts.read": LocalizedText("查看渠道账号", "See channel accounts"),
    "accounts.write": LocalizedText("管理渠道账号", "Manage channel accounts"),
    "journeys.read": LocalizedText("查看旅程", "See journeys"),
    "journeys.write": LocalizedText("编辑旅程", "Draw journeys"),
    "journeys.publish": LocalizedText("发布、暂停与结束旅程", "Publish, pause and end journeys"),
    "imports.read": LocalizedText("查看导入", "See imports"),
    "imports.write": LocalizedText("导入文件", "Import files"),
    "reports.read": LocalizedText("查看洞察", "See reports"),
    "workspace.write": LocalizedText("设置品牌", "Set up the brand"),
    "workspace.create": LocalizedText("新建品牌", "Found another brand"),
    "hold.release": LocalizedText("恢复后放行发送", "Let sending go on after a restore"),
    "users.manage": LocalizedText("管理团队成员", "Manage the team"),
    "keys.manage": LocalizedText("管理 API 密钥", "Manage API keys"),
    "audit.read": LocalizedText("查看操作记录", "See the audit trail"),
    "operation.read": LocalizedText("查看运行状况", "See how the system runs"),
    "operation.manage": LocalizedText("重试或忽略搁置的内容", "Retry or dismiss what was set aside"),
}

_READ = {
    "members.read",
    "audiences.read",
    "templates.read",
    "messages.read",
    "calm.read",
    "journeys.read",
    "reports.read",
}
_OPERATE = {
    *(
        "members.write",
        "members.merge",
        "tags.write",
        "audiences.write",
        "templates.write",
        "messages.cancel",
        "messages.resolve",
    ),
    *("calm.write", "accounts.read", "journeys.write", "journeys.publish", "imports.read", "imports.write"),
    "operation.read",
}

ROLES: dict[str, frozenset[str]] = {
    "admin": frozenset(PERMISSIONS),
    "operator": frozenset(_READ | _OPERATE),
    "host": frozenset({"members.read", "members.write", "templates.read", "messages.read"}),
    "analyst": frozenset(_READ | {"imports.read"}),
    "moderator": frozenset({"members.read", "messages.read", "templates.read"}),
}

OWN_CUSTOMERS = frozenset({"host"})
"""Roles that reach the customers they are connected with, and nobody else's."""

ROLE_LABELS = {
    "admin": LocalizedText("管理员", "Administrator"),
    "operator": LocalizedText("运营", "Operator"),
    "host": LocalizedText("福利官", "Host"),
    "analyst": LocalizedText("分析", "Analyst"),
    "moderator": LocalizedText("维护", "Moderator"),
}

AUDIT_ACTIONS: dict[str, LocalizedText] = {
    "workspace.founded": LocalizedText("创建了品牌", "founded the brand"),
    "workspace.changed": LocalizedText("修改了品牌设置", "changed the brand's settings"),
    "hold.released": LocalizedText("恢复后放行了发送", "let sending go on after a restore"),
    "user.added": LocalizedText("添加了成员", "added to the team"),
    "user.invited": LocalizedText("邀请了成员", "invited to the team"),
    "user.invitation_accepted": LocalizedText("接受了邀请", "accepted the invitation"),
    "user.invitation_declined": LocalizedText("谢绝了邀请", "declined the invitation"),
    "user.invitation_withdrawn": LocalizedText("撤回了邀请", "withdrew the invitation of"),
    "user.removed": LocalizedText("移出了成员", "removed from the team"),
    "user.role_changed": LocalizedText("调整了角色", "changed the role of"),
    "user.staff_linked": LocalizedText("关联了员工账号", "linked the staff account of"),
    "user.password_changed": LocalizedText("修改了密码", "changed the password"),
    "user.password_reset": LocalizedText("重置了密码", "reset the password of"),
    "api_key.made": LocalizedText("新建了 API 密钥", "made the API key"),
    "api_key.ended": LocalizedText("API 密钥随负责人停用", "the API key ended with its owner"),
    "api_key.taken_over": LocalizedText("接手了 API 密钥", "took over the API key"),
    "api_key.dropped": LocalizedText("停用了 API 密钥", "revoked the API key"),
    "members.exported": LocalizedText("导出了客户", "exported members"),
    "attribute.made": LocalizedText("新建了属性", "made the attribute"),
    "attribute.changed": LocalizedText("修改了属性", "changed the attribute"),
    "attribute.option_renamed": LocalizedText("重命名了选项，属于属性", "renamed an option of the attribute"),
    "attribute.deleted": LocalizedText("删除了属性", "deleted the attribute"),
    "tag_group.made": LocalizedText("新建了标签组", "made the tag group"),
    "tag_group.changed": LocalizedText("修改了标签组", "changed the tag group"),
    "tag_group.deleted": LocalizedText("删除了标签组", "deleted the tag group"),
    "tag.made": LocalizedText("新建了标签", "made the tag"),
    "tag.renamed": LocalizedText("重命名了标签", "renamed the tag"),
    "tag.deleted": LocalizedText("删除了标签", "deleted the tag"),
    "template.made": LocalizedText("新建了模板", "made the template"),
    "template.changed": LocalizedText("修改了模板", "changed the template"),
    "template.retired": LocalizedText("删除了模板", "deleted the template"),
    "channel_account.connected": LocalizedText("连接了渠道账号", "connected the channel account"),
    "channel_account.changed": LocalizedText("修改了渠道账号", "changed the channel account"),
    "channel_account.dropped": LocalizedText("删除了渠道账号", "deleted the channel account"),
    "calm.set": LocalizedText("修改了触达频控", "changed frequency caps and quiet hours"),
    "message.cancelled": LocalizedText("取消了等待发送的消息", "cancelled waiting messages"),
    "message.resolved": LocalizedText("核实了消息", "settled the message"),
    "audience.created": LocalizedText("新建了人群", "made the audience"),
    "audience.changed": LocalizedText("修改了人群", "changed the audience"),
    "audience.deleted": LocalizedText("删除了人群", "deleted the audience"),
    "journey.drawn": LocalizedText("新建了旅程", "made the journey"),
    "journey.changed": LocalizedText("修改了旅程", "changed the journey"),
    "journey.discarded": LocalizedText("删除了旅程", "deleted the journey"),
    "journey.published": LocalizedText("发布了旅程", "published the journey"),
    "journey.paused": LocalizedText("暂停了旅程", "paused the journey"),
    "journey.resumed": LocalizedText("继续了旅程", "resumed the journey"),
    "journey.ended": LocalizedText("结束了旅程", "ended the journey"),
    "journey.moved": LocalizedText("移动了旅程中的客户", "moved members in the journey"),
    "quarantine.retried": LocalizedText("重试了搁置的内容", "let be tried again what was set aside:"),
    "quarantine.dismissed": LocalizedText("忽略了搁置的内容", "dismissed what was set aside:"),
    "import.started": LocalizedText("开始了导入", "started the import"),
    "import.cancelled": LocalizedText("取消了导入", "cancelled the import"),
    "import.resumed": LocalizedText("继续了导入", "resumed the import"),
}
"""Everything the audit trail tells of, as `what.verb`; nothing else is recorded there."""

_ALSO_AUDITED = (
    "member_merged",
    "member_unmerged",
    "member_erased",
    "personal_data_revealed",
    "preference_links_revoked",
)
"""Facts about a member that are also somebody's doing."""
AUDIT_KINDS: dict[str, LocalizedText] = {
    kind.name: kind.label for kind in CATALOGUE if kind.about == "workspace" or kind.name in _ALSO_AUDITED
}
"""The kinds of facts the audit trail shows."""


@dataclass(frozen=True)
class AuditChange:
    """One thing that was changed, as people read it: what it is called, and its value before and after."""

    label: LocalizedText
    before: LocalizedText
    after: LocalizedText


WORKSPACE_LABELS = {
    "name": LocalizedText("品牌名称", "Name"),
    "zone": LocalizedText("时区", "Time zone"),
    "locale": LocalizedText("语言", "Language"),
}
STAFF_LABELS = {"staff": LocalizedText("员工账号", "Staff account")}
UNSET = LocalizedText("未设置", "not set")
_SWITCH = {True: LocalizedText("是", "yes"), False: LocalizedText("否", "no")}
CHANGE_CHARS_MAX = 120
"""Of a value in the audit trail."""


def value_text(value: Any) -> LocalizedText:
    """A value as the audit trail shows it."""
    if isinstance(value, LocalizedText):
        return value
    if isinstance(value, bool):
        return _SWITCH[value]
    if value in (None, "", [], ()):
        return UNSET
    if isinstance(value, list | tuple):
        return joined([value_text(item) for item in value], "、", ", ")
    text = str(value)
    return same(text if len(text) <= CHANGE_CHARS_MAX else f"{text[:CHANGE_CHARS_MAX]}…")


def changes_between(
    labels: Mapping[str, LocalizedText], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[AuditChange]:
    """What differs of the fields in `labels`, with both values."""
    return [
        AuditChange(label, value_text(before.get(name)), value_text(after.get(name)))
        for name, label in labels.items()
        if before.get(name) != after.get(name)
    ]


def _detail_text(props: Mapping[str, Any], names: Mapping[str, str]) -> list[LocalizedText]:
    """What an action noted beside the values that it changed: roles, owners, versions, how many messages."""
    what, detail = props.get("what"), props.get("detail") or {}
    ends = [detail[end] for end in ("from", "to") if isinstance(detail.get(end), str)]
    called: Mapping[str, LocalizedText] = {}
    if what == "user":
        called = ROLE_LABELS
    elif what == "api_key":
        called = {actor: same(name) for actor, name in names.items()}
    notes = [joined([called[end] for end in ends if end in called], " → ", " → ")]
    if isinstance(detail.get("version"), int):
        version = detail["version"]
        notes.append(LocalizedText(f"第 {version} 版", f"version {version}"))
    if isinstance(detail.get("messages"), int):
        count = number(detail["messages"])
        notes.append(LocalizedText(f"{count} 条消息", f"{count} messages"))
    notes += [
        table[detail[key]]
        for key, table in (("reason", KEY_END_LABELS), ("are", WAITING_LABELS))
        if isinstance(detail.get(key), str) and detail[key] in table
    ]
    return [note for note in notes if note.zh]


def change_text(name: str, props: Mapping[str, Any], names: Mapping[str, str]) -> LocalizedText:
    """What a line of the audit trail changed, with both values, and whatever was noted beside (`names` by actor); may be empty."""
    if name == "sign_in_refused":
        return REFUSAL_LABELS.get(str(props.get("reason")), same(""))
    changes = [
        LocalizedText(
            f"{change['label']['zh']}：{change['before']['zh']} → {change['after']['zh']}",
            f"{change['label']['en']}: {change['before']['en']} → {change['after']['en']}",
        )
        for change in (props.get("detail") or {}).get("changes", ())
    ]
    return joined([*changes, *_detail_text(props, names)], "；", "; ")


REFUSAL_LABELS = {"wrong_password": LocalizedText("密码不正确", "the password was wrong")}
"""Why a sign-in was refused."""
WAITING_LABELS = {
    "send": LocalizedText("等待的消息照常发出", "what waited was sent"),
    "cancel": LocalizedText("等待的消息已取消", "what waited was cancelled"),
}
"""What became of the messages that waited."""

KEY_END_LABELS = {
    "revoked": LocalizedText("已被停用", "revoked"),
    "owner_removed": LocalizedText("负责人已移出团队", "its owner left the team"),
    "owner_demoted": LocalizedText("负责人的角色不再有这些权限", "its owner's role no longer allows it"),
}
"""Why an API key opens nothing any more."""
KEY_PREFIX = "siyu_"
WORKSPACES_MAX = 100
"""Brands of one installation."""
INVITATION_LASTS = timedelta(days=30)


class WrongCsrf(Refusal):
    status, code, title, title_zh = 403, "csrf", "Reload the page and try again", "页面已过期，请刷新后重试"


class NotYours(Forbidden):
    """Nobody hands on what they may not do themselves."""

    code, title, title_zh = "not_yours", "You cannot give what you do not have", "不能授予你自己没有的权限"


class OtherBrand(Conflict):
    code, title = "other_brand", "They belong to another brand too, so only they can change the password"
    title_zh = "对方还属于其他品牌，密码只能由本人修改"


class StaffTaken(Conflict):
    code, title, title_zh = (
        "staff_taken",
        "Somebody else is linked to this staff account",
        "这个员工账号已关联给其他成员",
    )

    def __init__(self, name: str) -> None:
        super().__init__(errors=[Fault("staff", f"is linked to {name}", f"已关联给 {name}")])


class HasOwnAccount(Conflict):
    """Carries which of the fields that only a new person has were given."""

    code, title = "has_own_account", "They sign in already, so they are invited and decide themselves whether to join"
    title_zh = "对方已有登录账号：将向其发出邀请，由本人决定是否加入"

    def __init__(self, *fields: str) -> None:
        reasons = {
            "password": ("they keep their own password: leave this empty", "对方沿用自己的密码，请留空"),
            "name": ("they keep their own name: leave this empty", "对方沿用自己的称呼，请留空"),
        }
        super().__init__(errors=[Fault(path, *reasons[path]) for path in fields])


class TooManyWorkspaces(Conflict):
    code, title = "too_many_workspaces", f"There are {WORKSPACES_MAX} brands already"
    title_zh = f"最多 {WORKSPACES_MAX} 个品牌"


class KeyRevoked(Conflict):
    code, title, title_zh = "key_revoked", "A revoked key stays revoked; make another", "停用的密钥不能恢复，请新建"


class LastAdmin(Conflict):
    code, title, title_zh = "last_admin", "A brand needs at least one admin", "品牌至少要保留一位管理员"


class EmailTaken(Conflict):
    code, title, title_zh = "email_taken", "This email address is already on the team", "这个邮箱已在团队中"


def check_grant(own: Set[str], granted: Iterable[str], path: str = "role") -> None:
    """Raises NotYours, naming each permission of `granted` that is not among one's `own`."""
    missing = [PERMISSIONS[name] for name in sorted(set(granted) - own)]
    if missing:
        en, zh = ", ".join(label.en for label in missing), "、".join(label.zh for label in missing)
        raise NotYours(
            f"You do not have: {en}", f"你没有这些权限：{zh}", [Fault(path, f"you do not have: {en}", f"你没有：{zh}")]
        )


def check_role(role: str) -> None:
    """Raises Invalid for a role that is not in the access table."""
    if role not in ROLES:
        raise Invalid(errors=[Fault("role", "no such role", "没有这个角色", " | ".join(ROLES))])


def check_scopes(scopes: list[str]) -> None:
    """Raises Invalid when a scope is no permission, or there is none."""
    wrong = [scope for scope in scopes if scope not in PERMISSIONS]
    if wrong or not scopes:
        reason = f"unknown: {', '.join(wrong)}" if wrong else "choose at least one"
        reason_zh = f"未知权限：{'、'.join(wrong)}" if wrong else "至少选择一项"
        raise Invalid(errors=[Fault("scopes", reason, reason_zh)])


def check_zone(zone: str) -> None:
    """Raises Invalid for a zone that the tz database does not know."""
    if zone not in known_zones():
        raise Invalid(errors=[Fault("zone", "not a time zone", "不是有效的时区", "Asia/Shanghai")])


def check_workspace_name(name: str) -> str:
    """The name of a brand without spaces around; raises Invalid for none, or one that is too long."""
    cleaned = name.strip()
    if not cleaned:
        raise Invalid(errors=[Fault("name", "is required", "必填")])
    if len(cleaned) > NAME_CHARS_MAX:
        raise Invalid(errors=[Fault("name", f"at most {NAME_CHARS_MAX} characters", f"最多 {NAME_CHARS_MAX} 个字符")])
    return cleaned


def check_email(email: str) -> str:
    """The address in lower case without spaces around; raises Invalid when it is none."""
    cleaned = email.strip().lower()
    name, at, host = cleaned.partition("@")
    if not (name and at and "." in host) or len(cleaned) > 254 or any(c.isspace() for c in cleaned):
        raise Invalid(errors=[Fault("email", "not an email address", "不是有效的邮箱地址")])
    return cleaned


class NotHeld(Conflict):
    """There is nothing to let go."""

    code, title, title_zh = "not_held", "Sending is not held", "发送没有被暂停"
