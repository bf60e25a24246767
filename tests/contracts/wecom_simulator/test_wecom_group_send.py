"""Group send: staff confirm, quotas hold, and the simulator's own count is exact."""

from typing import Any

from .conftest import NOON, Sim

DAY_S = 86_400


def ask(sim: Sim, ids: list[str], text: str = "周末满减", **more: Any) -> Any:
    return sim.call("externalcontact/add_msg_template", external_userid=ids, text={"content": text}, **more)


def statuses(sim: Sim, msgid: str, userid: str) -> list[int]:
    answer = sim.call("externalcontact/get_groupmsg_send_result", msgid=msgid, userid=userid)
    return [row["status"] for row in answer["send_list"]]


def test_nothing_is_sent_before_staff_confirm(sim: Sim) -> None:
    sent = ask(sim, ["wm_an", "wm_dong", "wm_nobody", "wm_an"])
    assert sent["fail_list"] == ["wm_nobody"]
    assert sim.get("counts")["received"] == 0
    tasks = sim.call("externalcontact/get_groupmsg_task", msgid=sent["msgid"])["task_list"]
    assert {t["userid"]: t["status"] for t in tasks} == {"li": 0, "wang": 0}
    assert sim.post("run", userid="li") == {"tasks": 1, "sent": 1, "not_friend": 0, "over_quota": 0, "waiting": 1}
    assert statuses(sim, sent["msgid"], "li") == [1]
    assert statuses(sim, sent["msgid"], "wang") == [0]
    assert sim.received_by("wm_an") == ["周末满减"]
    assert sim.post("run")["sent"] == 1
    assert sim.post("run")["sent"] == 0
    tasks = sim.call("externalcontact/get_groupmsg_task", msgid=sent["msgid"])["task_list"]
    assert {t["status"] for t in tasks} == {2}
    assert {t["send_time"] for t in tasks} == {int(NOON)}


def test_a_month_holds_as_many_messages_as_days(sim: Sim) -> None:
    sim.post("clock", now="2026-02-01T00:00:00+08:00")
    for n in range(28):
        ask(sim, ["wm_an"], f"第{n}条")
    assert sim.post("run")["sent"] == 28
    over = ask(sim, ["wm_an", "wm_bo"], "第28条")
    assert sim.post("run") == {"tasks": 1, "sent": 1, "not_friend": 0, "over_quota": 1, "waiting": 0}
    assert statuses(sim, over["msgid"], "li") == [3, 1]
    sim.post("clock", now="2026-03-01T00:00:00+08:00")
    ask(sim, ["wm_an"], "三月")
    assert sim.post("run")["sent"] == 1
    counts = sim.get("counts")
    assert (counts["received"], counts["by_customer_max"], counts["duplicates"]) == (30, 29, 0)


def test_the_admin_may_allow_one_a_day(sim: Sim) -> None:
    sim.post("limits", group_send_day=1)
    for text in ("一", "二"):
        ask(sim, ["wm_an"], text)
    assert sim.post("run")["over_quota"] == 1
    sim.post("clock", move_s=DAY_S)
    ask(sim, ["wm_an"], "三")
    assert sim.post("run")["sent"] == 1


def test_who_deleted_the_staff_gets_nothing(sim: Sim) -> None:
    sent = ask(sim, ["wm_an", "wm_bo"])
    sim.post("customers/delete", userid="li", external_userid="wm_an")
    assert sim.post("run")["not_friend"] == 1
    assert statuses(sim, sent["msgid"], "li") == [2, 1]
    assert ask(sim, ["wm_an"])["errcode"] == 41048


def test_the_same_content_twice_is_a_duplicate(sim: Sim) -> None:
    ask(sim, ["wm_an", "wm_bo"])
    ask(sim, ["wm_an"])
    ask(sim, ["wm_an"], "另一条")
    sim.post("run")
    assert sim.get("counts")["duplicates"] == 1
    received = sim.get("received", external_userid="wm_an")["received"]
    assert len({r["msgid"] for r in received}) == 3
    assert len({r["content_key"] for r in received}) == 2


def test_staff_are_slow_and_some_unwilling(sim: Sim) -> None:
    sim.post("staff/behaviour", delay_s=600, share=0.5, seed=3)
    for n in range(40):
        ask(sim, ["wm_an"], f"第{n}条")
    sim.post("limits", group_send_month=100)
    assert sim.post("run")["tasks"] == 0
    sim.post("clock", move_s=600)
    done = sim.post("run")
    assert 8 <= done["tasks"] <= 32
    assert done["tasks"] + done["waiting"] == 40
    assert sim.post("run")["tasks"] == 0
    assert sim.post("run", force=True)["tasks"] == done["waiting"]


def test_cancel_stops_only_what_is_unsent(sim: Sim) -> None:
    sent = ask(sim, ["wm_an", "wm_dong"])
    sim.post("run", userid="li")
    sim.call("externalcontact/cancel_groupmsg_send", msgid=sent["msgid"])
    assert sim.post("run", force=True)["tasks"] == 0
    assert (sim.received_by("wm_an"), sim.received_by("wm_dong")) == (["周末满减"], [])


def test_three_reminders_in_a_day(sim: Sim) -> None:
    msgid = ask(sim, ["wm_an"])["msgid"]
    remind = [sim.call("externalcontact/remind_groupmsg_send", msgid=msgid)["errcode"] for _ in range(4)]
    assert remind == [0, 0, 0, 45009]
    sim.post("clock", move_s=DAY_S)
    assert sim.call("externalcontact/remind_groupmsg_send", msgid=msgid)["errcode"] == 0
    assert sim.call("externalcontact/remind_groupmsg_send", msgid="no")["errcode"] == 41047


def test_ten_thousand_a_call_and_pages(sim: Sim) -> None:
    ids = sim.post("customers", count=10_001, userids=["li", "wang"])["external_userids"]
    assert ask(sim, ids)["errcode"] == 40058
    sent = ask(sim, ids[:10_000], sender="li")
    assert len(sent["fail_list"]) == 5_000
    assert sim.post("run")["sent"] == 5_000
    seen: list[str] = []
    cursor = ""
    while True:
        page = sim.call(
            "externalcontact/get_groupmsg_send_result", msgid=sent["msgid"], userid="li", limit=1000, cursor=cursor
        )
        seen += [row["external_userid"] for row in page["send_list"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert len(set(seen)) == 5_000
    assert sim.get("counts")["received"] == 5_000
    wrong = sim.call("externalcontact/get_groupmsg_send_result", msgid=sent["msgid"], userid="li", cursor="x")
    assert wrong["errcode"] == 50100


def test_content_is_checked(sim: Sim) -> None:
    link = {"msgtype": "link", "link": {"title": "新店", "url": "https://example.com"}}

    def code(**body: Any) -> int:
        return int(sim.call("externalcontact/add_msg_template", external_userid=["wm_an"], **body)["errcode"])

    assert code(attachments=[link] * 9) == 0
    assert code(attachments=[link] * 10) == 40058
    assert code() == 40063
    assert code(text={"content": "长" * 1_334}) == 45002
    assert code(attachments=[{"msgtype": "link", "link": {"title": "新店"}}]) == 40058
    assert code(attachments=[{"msgtype": "image", "image": {"media_id": "no"}}]) == 40007
    assert code(text={"content": "x"}, sender="nobody") == 40003


def test_the_list_of_sends(sim: Sim) -> None:
    made = [ask(sim, ["wm_an"], text, sender="li")["msgid"] for text in ("一", "二")]
    window = {"chat_type": "single", "start_time": int(NOON) - 60, "end_time": int(NOON) + 60, "limit": 1}
    first = sim.call("externalcontact/get_groupmsg_list_v2", **window)
    second = sim.call("externalcontact/get_groupmsg_list_v2", **window, cursor=first["next_cursor"])
    listed = first["group_msg_list"] + second["group_msg_list"]
    assert [(m["msgid"], m["text"]["content"]) for m in listed] == list(zip(made, ("一", "二"), strict=True))
    assert sim.call("externalcontact/get_groupmsg_list_v2", start_time=1, end_time=int(NOON))["errcode"] == 40058


def test_to_groups(sim: Sim) -> None:
    sim.post("chats", chats=[{"chat_id": "wr_1", "owner": "li"}, {"chat_id": "wr_2", "owner": "wang"}])
    content = {"text": {"content": "开团"}}
    assert sim.call("externalcontact/add_msg_template", chat_type="group", **content)["errcode"] == 40063
    sent = sim.call("externalcontact/add_msg_template", chat_type="group", sender="li", **content)
    assert sim.post("run")["sent"] == 1
    result = sim.call("externalcontact/get_groupmsg_send_result", msgid=sent["msgid"], userid="li")
    assert [(r["chat_id"], r["status"]) for r in result["send_list"]] == [("wr_1", 1)]
    assert len(sim.get("received", chat_id="wr_1")["received"]) == 1


def test_the_summary_tells_hours_of_china(sim: Sim) -> None:
    ask(sim, ["wm_an", "wm_bo"], "午")
    sim.post("run")
    sim.post("clock", move_s=11 * 3_600)
    ask(sim, ["wm_an"], "夜")
    sim.post("run")
    summary = sim.get("received/summary", kind="group_send")
    assert summary["hours"] == {"12": 2, "23": 1}
    assert summary["customers"]["wm_an"]["count"] == 2
    assert summary["days"] == {"2025-10-15": 3}
    assert sim.get("counts", since=NOON + 1)["received"] == 1
