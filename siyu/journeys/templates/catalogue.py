"""Ready SOPs: their templates and their graph. Words are calm; what a step rewards is handed over by the host."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from siyu.channels.catalogue import STAFF_CHANNEL
from siyu.kit.text import LocalizedText

DAY = 86_400
HOUR = 3_600
MORNING = "10:00"
OPT_OUT = "不想再收到这类消息，可在这里设置：{{ link.preferences }}"


@dataclass(frozen=True)
class MessageTemplate:
    """A template of a ready journey: its name in the library and what it says."""

    name: str
    body: str
    channel: str = STAFF_CHANNEL


@dataclass(frozen=True)
class JourneyTemplate:
    """A ready SOP; `audience` is the saved audience that its trigger would take when there is one of that name."""

    name: str
    title: LocalizedText
    about: LocalizedText
    message_templates: tuple[MessageTemplate, ...]
    graph: Mapping[str, Any]
    audience: str | None = None
    tags: tuple[str, ...] = ()


def _send(template: str, following: str, **other: str) -> dict[str, Any]:
    ways = {"sent": following, "withheld": following, "failed": following} | other
    return {"kind": "send", "channel": STAFF_CHANNEL, "template": template, "purpose": "marketing", "next": ways}


def _wait(days: int, following: str) -> dict[str, Any]:
    return {"kind": "wait", "until": MORNING, "days": days, "next": {"done": following}}


def _until(fact: str, seconds: int, happened: str, timeout: str) -> dict[str, Any]:
    ways = {"happened": happened, "timeout": timeout}
    return {"kind": "wait_until", "fact": fact, "timeout": seconds, "next": ways}


def _tag(tag: str, following: str) -> dict[str, Any]:
    return {"kind": "tag", "add": [tag], "remove": [], "next": {"done": following}}


def _exit(reason: str) -> dict[str, Any]:
    return {"kind": "exit", "reason": reason}


LEAVING = [
    {"fact": "consent_withdrawn", "where": [{"prop": "channel", "is": STAFF_CHANNEL}]},
    {"fact": "friend_removed"},
]

_DAY_0, _DAY_1, _DAY_2 = "新客七天 第一天 认识一下", "新客七天 第二天 怎么用", "新客七天 第三天 说说口味"
_DAY_3, _DAY_5, _THANKS, _DAY_7 = (
    "新客七天 第四天 第一次下单",
    "新客七天 第六天 轻轻提醒",
    "新客七天 首单感谢",
    "新客七天 收尾",
)

ONBOARDING = JourneyTemplate(
    name="onboarding",
    title=LocalizedText("新客七天", "Seven-day onboarding"),
    about=LocalizedText(
        "新好友加上之后的七天：每天一小步，先认识、再试用，下了首单就不再催；退订或删除好友立即退出。",
        "The first seven days of a new friend: one small step a day, no more nudging after the first order, and out at "
        "once on opting out.",
    ),
    message_templates=(
        MessageTemplate(
            _DAY_0,
            "{{ member.name | default: '你好' }}，欢迎来到{{ shop.name }}。接下来一周，我每天最多发一条消息，"
            "帮你熟悉这里怎么买、怎么省。有问题直接回复我就好。\n" + OPT_OUT,
        ),
        MessageTemplate(
            _DAY_1,
            "第二天，说说怎么用：选好商品后可以到店自提，也可以送到家。把备注名设成你习惯的称呼，"
            "我会按备注给你留货。设好了回复“好了”，送你一份到店小礼，到店报备注名领取。\n" + OPT_OUT,
        ),
        MessageTemplate(
            _DAY_2,
            "第三天，想听听你的口味：平时家里常买什么，有没有忌口？回复我一两样，之后只推荐你用得上的。\n" + OPT_OUT,
        ),
        MessageTemplate(
            _DAY_3,
            "这几天看下来，如果有想试的，可以下第一单了。不合适随时找我退换，不用说理由。\n" + OPT_OUT,
        ),
        MessageTemplate(
            _DAY_5, "还没下单也没关系。想买什么、价格上有顾虑，都可以直接告诉我，我帮你看看有没有更合适的。\n" + OPT_OUT
        ),
        MessageTemplate(_THANKS, "第一单收到了，谢谢你的信任。用下来有哪里不满意，直接回复我，我来处理。"),
        MessageTemplate(
            _DAY_7,
            "谢谢你一路看下来，新客的介绍就到这里。之后消息会少很多，只在有你可能用得上的东西时才打扰你。\n" + OPT_OUT,
        ),
    ),
    tags=("新客已互动", "新客已首单", "新客未首单"),
    graph={
        "trigger": {"kind": "fact", "fact": "friend_added", "where": []},
        "start": "n1",
        "nodes": {
            "n1": _send(_DAY_0, "n2"),
            "n2": _wait(1, "n3"),
            "n3": _send(_DAY_1, "n4"),
            "n4": _until("message_received", 20 * HOUR, "n5", "n6"),
            "n5": _tag("新客已互动", "n6"),
            "n6": _wait(0, "n7"),
            "n7": _send(_DAY_2, "n8"),
            "n8": _wait(1, "n9"),
            "n9": {
                "kind": "branch",
                "branches": [
                    {
                        "key": "bought",
                        "label": "近 30 天下过单",
                        "tree": {"did": {"fact": "order_paid", "count": {">=": 1}, "within": "30d"}},
                    }
                ],
                "next": {"bought": "n13", "else": "n10"},
            },
            "n10": _send(_DAY_3, "n11"),
            "n11": _until("order_paid", 2 * DAY, "n13", "n12"),
            "n12": _send(_DAY_5, "n16"),
            "n13": _tag("新客已首单", "n14"),
            "n14": _wait(0, "n15"),
            "n15": _send(_THANKS, "n18"),
            "n16": _until("order_paid", 20 * HOUR, "n13", "n17"),
            "n17": _tag("新客未首单", "n18"),
            "n18": _wait(0, "n19"),
            "n19": _send(_DAY_7, "n20"),
            "n20": _exit("走完七天"),
        },
        "exits": LEAVING,
        "reentry": {"kind": "never"},
    },
)

_BACK_1, _BACK_2 = "沉默召回 好久不见", "沉默召回 不打扰了"

WINBACK = JourneyTemplate(
    name="winback",
    title=LocalizedText("沉默客户召回", "Win back silent members"),
    about=LocalizedText(
        "对一段时间没来的客户说两次话：留两成不打扰作对照，三天没有回应再说一次更轻的，然后按结果打标签。",
        "Two messages to members who have been silent: a fifth is left alone for comparison, a second, calmer one follows "
        "after three days, and the outcome is tagged.",
    ),
    message_templates=(
        MessageTemplate(
            _BACK_1,
            "{{ member.name | default: '你好' }}，有一阵没见了，最近还好吗？店里换了些应季的货，"
            "你以前常买的也都在。需要什么回复我，我帮你留。\n" + OPT_OUT,
        ),
        MessageTemplate(
            _BACK_2,
            "上次的消息可能打扰到你了。这条之后近期不再主动发；如果是哪里没做好，愿意的话告诉我一声，我们会改。\n"
            + OPT_OUT,
        ),
    ),
    audience="silent_60d",
    tags=("召回后下单", "召回未回应", "对照组自然下单"),
    graph={
        "trigger": {"kind": "audience", "audience": "", "existing": True},
        "start": "n1",
        "nodes": {
            "n1": {
                "kind": "split",
                "arms": [
                    {"key": "reach", "label": "触达", "share": 80},
                    {"key": "holdout", "label": "对照", "share": 20, "holdout": True},
                ],
                "next": {"reach": "n2", "holdout": "n10"},
            },
            "n2": _wait(0, "n3"),
            "n3": _send(_BACK_1, "n4", withheld="n9", failed="n9"),
            "n4": _until("order_paid", 3 * DAY, "n8", "n5"),
            "n5": _wait(0, "n6"),
            "n6": _send(_BACK_2, "n7"),
            "n7": _until("order_paid", 4 * DAY, "n8", "n12"),
            "n8": _tag("召回后下单", "n13"),
            "n9": _exit("未能触达"),
            "n10": _until("order_paid", 7 * DAY, "n11", "n14"),
            "n11": _tag("对照组自然下单", "n15"),
            "n12": _tag("召回未回应", "n16"),
            "n13": _exit("已回购"),
            "n14": _exit("对照组结束"),
            "n15": _exit("对照组自然回购"),
            "n16": _exit("未回购"),
        },
        "exits": LEAVING,
        "reentry": {"kind": "after_finish", "days": 90},
    },
)

TEMPLATES: dict[str, JourneyTemplate] = {kit.name: kit for kit in (ONBOARDING, WINBACK)}
