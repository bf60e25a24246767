"""Facts of the workspace itself: the audit trail."""

from typing import Annotated, Any

from siyu.facts.catalogue.fact import Fact, Prop
from siyu.kit.text import LocalizedText


class SettingChanged(Fact):
    """Somebody changed something in the console or over the API; the audit trail is made of these."""

    name, label = "setting_changed", LocalizedText("配置变更", "Setting changed")
    about = "workspace"
    what: Annotated[str, Prop("对象", "What")]
    verb: Annotated[str, Prop("操作", "Verb")]
    subject: Annotated[str, Prop("目标", "Which")]
    detail: Annotated[dict[str, Any], Prop("内容", "Detail", listed=False)] = {}


class SignedIn(Fact):
    name, label = "signed_in", LocalizedText("登录", "Signed in")
    about = "workspace"
    user_id: Annotated[int, Prop("用户", "User")]


class SignInRefused(Fact):
    name, label = "sign_in_refused", LocalizedText("登录被拒绝", "Sign-in refused")
    about = "workspace"
    reason: Annotated[str, Prop("原因", "Reason")]


PLATFORM_FACTS: tuple[type[Fact], ...] = (
    SettingChanged,
    SignedIn,
    SignInRefused,
)
