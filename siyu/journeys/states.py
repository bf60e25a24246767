"""What the states of journeys and of runs are called, and why a run ended."""

from collections.abc import Sequence

from siyu.kit.text import LocalizedText, same

JOURNEY_STATES: dict[str, LocalizedText] = {
    "draft": LocalizedText("草稿", "Draft"),
    "live": LocalizedText("运行中", "Live"),
    "paused": LocalizedText("已暂停", "Paused"),
    "ended": LocalizedText("已结束", "Ended"),
}
ENROLMENT_STATES: dict[str, LocalizedText] = {
    "active": LocalizedText("进行中", "Under way"),
    "awaiting": LocalizedText("待消息发出", "Last message waits"),
    "finished": LocalizedText("完成", "Finished"),
    "exited": LocalizedText("退出", "Left"),
}
EXIT_REASONS: dict[str, LocalizedText] = {
    "finished": LocalizedText("完成旅程", "Came to the end"),
    "goal": LocalizedText("达成目标，退出旅程", "Reached the goal and left"),
    "condition": LocalizedText("满足退出条件，退出旅程", "Met an exit condition and left"),
    "moved_database": LocalizedText("恢复数据后取消", "Cancelled after the data were restored"),
    "restarted": LocalizedText("再次进入，重新开始", "Entered again and started over"),
    "moved": LocalizedText("移到另一个版本", "Moved to another version"),
    "ended": LocalizedText("旅程已结束", "The journey was ended"),
    "merged": LocalizedText("与另一位客户合并", "Merged with another member"),
    "erased": LocalizedText("个人信息已删除", "Personal data was erased"),
}
"""The codes of the house; the end of the way may say anything else, in the operator's own words."""


def exit_text(reason: str) -> LocalizedText:
    """Why a run ended, as people read it."""
    return EXIT_REASONS.get(reason) or same(reason)


def merge_text(going_on: Sequence[str], ending: Sequence[str], listening: Sequence[str]) -> LocalizedText:
    """What a merge does to journeys, in words; empty when nothing."""
    zh, en = [], []
    if going_on:
        zh.append(f"对方正在走的旅程会由这位客户接着走：{'、'.join(going_on)}")
        en.append(f"Runs of the other go on as this member's: {', '.join(going_on)}")
    if ending:
        zh.append(f"两人都在的旅程，对方那一份会结束：{'、'.join(ending)}")
        en.append(f"Both are in it, so the other's run ends: {', '.join(ending)}")
    if listening:
        zh.append(f"合并后的资料若符合人群条件，会进入旅程：{'、'.join(listening)}")
        en.append(f"If the merged record comes into their audience, it enters: {', '.join(listening)}")
    return LocalizedText("；".join(zh), "; ".join(en))
