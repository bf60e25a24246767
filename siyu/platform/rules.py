"""The access table and the other pure decisions of the platform room."""

from datetime import timedelta
from zoneinfo import available_timezones

from siyu.kit.errors import Conflict, Fault, Invalid, Refusal

PERMISSIONS: dict[str, tuple[str, str]] = {
    "members.read": ("查看客户", "See members"),
    "members.write": ("编辑客户、标签与授权", "Change members, tags and consent"),
    "members.reveal": ("查看明文手机与邮箱", "See phone and email in clear"),
    "members.merge": ("合并与撤销合并", "Merge members and undo it"),
    "members.erase": ("删除个人信息", "Erase personal data"),
    "tags.write": ("维护标签体系", "Keep the tag norms"),
    "audiences.read": ("查看人群", "See audiences"),
    "audiences.write": ("编辑人群", "Change audiences"),
    "templates.read": ("查看内容模板", "See templates"),
    "templates.write": ("编辑内容模板", "Change templates"),
    "messages.read": ("查看触达记录", "See messages"),
    "messages.resolve": ("处理待核实消息", "Settle messages in doubt"),
    "calm.read": ("查看疲劳度与免打扰", "See frequency caps and quiet hours"),
    "calm.write": ("设置疲劳度与免打扰", "Set frequency caps and quiet hours"),
    "accounts.read": ("查看渠道账号", "See channel accounts"),
    "accounts.write": ("管理渠道账号", "Manage channel accounts"),
    "journeys.read": ("查看旅程", "See journeys"),
    "journeys.write": ("编辑旅程", "Draw journeys"),
    "journeys.publish": ("发布、暂停与结束旅程", "Publish, pause and end journeys"),
    "imports.read": ("查看导入", "See imports"),
    "imports.write": ("导入文件", "Import files"),
    "reports.read": ("查看洞察", "See reports"),
    "workspace.write": ("设置品牌", "Set up the brand"),
    "users.manage": ("管理团队成员", "Manage the team"),
    "keys.manage": ("管理 API 密钥", "Manage API keys"),
    "audit.read": ("查看操作记录", "See the audit trail"),
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
    *("members.write", "members.merge", "tags.write", "audiences.write", "templates.write", "messages.resolve"),
    *("calm.write", "accounts.read", "journeys.write", "journeys.publish", "imports.read", "imports.write"),
}

ROLES: dict[str, frozenset[str]] = {
    "admin": frozenset(PERMISSIONS),
    "operator": frozenset(_READ | _OPERATE),
    "host": frozenset({"members.read", "members.write", "templates.read", "messages.read"}),
    "analyst": frozenset(_READ | {"imports.read"}),
    "moderator": frozenset({"members.read", "messages.read", "templates.read"}),
}

SESSION_LASTS = timedelta(days=14)
REFUSALS_MAX = 8
"""Failed tries on one email address within REFUSALS_WITHIN before it must wait."""
REFUSALS_WITHIN = timedelta(minutes=15)
PASSWORD_CHARS_MIN = 10
PASSWORD_CHARS_MAX = 200
KEY_PREFIX = "siyu_"


class WrongCredentials(Refusal):
    status, code, title, title_zh = 401, "wrong_credentials", "Email or password is wrong", "邮箱或密码不正确"


class WrongCsrf(Refusal):
    status, code, title, title_zh = 403, "csrf", "Reload the page and try again", "页面已过期，请刷新后重试"


class LastAdmin(Conflict):
    code, title, title_zh = "last_admin", "A brand needs at least one admin", "品牌至少要保留一位管理员"


class EmailTaken(Conflict):
    code, title, title_zh = "email_taken", "This email address is already on the team", "这个邮箱已在团队中"


def check_password(password: str) -> None:
    """Raises Invalid for a password that is too short or too long."""
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        fault = Fault(
            "password",
            f"must have {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters",
            f"长度应为 {PASSWORD_CHARS_MIN} 至 {PASSWORD_CHARS_MAX} 个字符",
        )
        raise Invalid(errors=[fault])


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
    if zone not in available_timezones():
        raise Invalid(errors=[Fault("zone", "not a time zone", "不是有效的时区", "Asia/Shanghai")])


def check_email(email: str) -> str:
    """The address in lower case without spaces around; raises Invalid when it is none."""
    cleaned = email.strip().lower()
    name, at, host = cleaned.partition("@")
    if not (name and at and "." in host) or len(cleaned) > 254 or any(c.isspace() for c in cleaned):
        raise Invalid(errors=[Fault("email", "not an email address", "不是有效的邮箱地址")])
    return cleaned
