"""Member files: identities, attributes, tags, consent, and the same person twice."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from siyu.contacts.identities import queries as contact_identities
from siyu.contacts.members import queries as contact_members
from siyu.contacts.tags import actions as contacts
from siyu.imports.runs.queries import faults
from tests.rooms.imports.sample_files import import_file, written
from tests.world import NOON, Shop

MAPPING: dict[str, Any] = {
    "kind": "members",
    "source": "crm",
    "zone": "Asia/Shanghai",
    "columns": {
        "external_id": "会员号",
        "phone": "手机",
        "name": "姓名",
        "joined_at": "注册时间",
        "tags": "标签",
        "consent.sms": "短信",
        "attribute.level": {"column": "等级", "map": {"G": "金卡", "S": "银卡"}},
        "attribute.birthday": "生日",
        "attribute.balance": "余额",
    },
    "attributes": {
        "level": {"label": "等级", "type": "choice", "options": ["金卡", "银卡"]},
        "birthday": {"label": "生日", "type": "date"},
        "balance": {"label": "余额", "type": "money"},
    },
}
HEADING = "会员号,手机,姓名,注册时间,标签,短信,等级,生日,余额"
LINES = [
    "M1,138-0000-0001,王芳,2025-01-02 08:00,老客;爱吃辣,是,G,1990-05-06,12.50",
    "M2,13800000002,李雷,2025-02-03,,否,S,,",
    "M1,,王小芳,,,,,,",
]


def text_of(*lines: str) -> str:
    return "\n".join([HEADING, *lines]) + "\n"


async def test_members_come_with_identities_attributes_tags_and_consent(shop: Shop, tmp_path: Path) -> None:
    async with shop.db.transaction() as tx:
        await _tags(shop, tx)
    done = await import_file(shop, written(tmp_path, text_of(*LINES), "members.csv"), MAPPING)
    assert (done.state, done.rows_refused, done.rows_duplicate) == ("done", 0, 1)
    assert (done.result["members_created"], done.result["rows_new"], done.result["rows_known"]) == (2, 2, 1)
    async with shop.db.transaction() as tx:
        resolved = await contact_identities.resolve(tx, shop.workspace_id, "phone", ["13800000001", "13800000002"])
        by_id = await contact_identities.resolve(tx, shop.workspace_id, "external_id", ["M1", "M2"])
        cards = await contact_members.cards(tx, shop.workspace_id, resolved.values())
    assert by_id == {"M1": resolved["13800000001"], "M2": resolved["13800000002"]}
    wang, li = cards[by_id["M1"]], cards[by_id["M2"]]
    assert (wang.name, sorted(wang.tags), wang.consents) == ("王小芳", ["爱吃辣", "老客"], {"sms": "given"})
    assert wang.attributes == {"level": "金卡", "birthday": "1990-05-06", "balance": 1250}
    assert wang.created_at == datetime(2025, 1, 2, tzinfo=UTC)
    assert (li.consents, li.attributes) == ({"sms": "withdrawn"}, {"level": "银卡"})


async def _tags(shop: Shop, tx: Any) -> None:
    group = await contacts.add_group(
        tx, shop.caller, name="口味", kind="manual", owner="运营", exclusive=False, days=None, now=NOON
    )
    await contacts.add_tags(tx, shop.caller, group.id, ["老客", "爱吃辣"], now=NOON)


async def test_one_bad_cell_costs_only_itself_and_is_named(shop: Shop, tmp_path: Path) -> None:
    """Without anybody to know it by, a row is refused."""
    bad = [
        "M3,12,赵,,,,,,",
        ",,无名,,,,,,",
        "M5,,钱,,,,X,,",
        "M6,,孙,,,,,1990-13-01,",
        "M7,,周,,,也许,,,",
        "M9,,郑,,没有的,,,,",
    ]
    good = "M8,,吴,,,,,,"
    done = await import_file(shop, written(tmp_path, text_of(*bad, good), "members.csv"), MAPPING)
    assert (done.rows_refused, done.result["members_created"], done.result["cells_left_out"]) == (1, 6, 5)
    async with shop.db.transaction() as tx:
        refused = [(f.row, f.column, f.value, f.reason_zh) for f in await faults(tx, done.id)]
    kept = "（只略过这一格）"
    assert refused == [
        (2, "手机", "12", f"不是有效的身份{kept}"),
        (3, "会员号", None, "没有任何客户身份"),
        (4, "等级", "X", f"不在可选项中{kept}"),
        (5, "生日", "1990-13-01", f"不是可识别的时间{kept}"),
        (6, "短信", "也许", f"不是“是/否”{kept}"),
        (7, "标签", "没有的", f"没有这个标签：请先在“标签”里建立，再导入错误行文件{kept}"),
    ]


async def test_a_member_keeps_what_can_be_read_and_a_masked_phone_is_nobody(shop: Shop, tmp_path: Path) -> None:
    """Two customers behind one mask do not become one, and a number that a spreadsheet shortened is nobody's."""
    mapping = {"kind": "members", "source": "crm", "columns": {"external_id": "编号", "phone": "手机", "name": "姓名"}}
    lines = ["A1,186******05,甲", "A2,186******05,乙", "1.23457E+17,13800000009,丙", "1.23457E+17,##密文,丁"]
    text_ = "\n".join(["编号,手机,姓名", *lines]) + "\n"
    done = await import_file(shop, written(tmp_path, text_, "members.csv"), mapping)
    assert (done.rows_refused, done.result["members_created"], done.result["cells_left_out"]) == (1, 3, 4)
    async with shop.db.transaction() as tx:
        known = (await tx.execute(text("SELECT kind, masked FROM identity ORDER BY kind, masked"))).all()
        reasons = {(f.row, f.column, f.reason_zh[:6]) for f in await faults(tx, done.id)}
    assert [tuple(row) for row in known] == [("external_id", "A1"), ("external_id", "A2"), ("phone", "138****0009")]
    assert {(2, "手机", "已脱敏或加密"), (4, "编号", "被电子表格改"), (5, "手机", "已脱敏或加密")} <= reasons


async def test_the_same_members_again_change_nothing(shop: Shop, tmp_path: Path) -> None:
    path = written(tmp_path, text_of("M1,13800000001,王芳,,,是,G,1990-05-06,12.5"), "members.csv")
    await import_file(shop, path, MAPPING)
    again = await import_file(shop, path, MAPPING)
    assert (again.result["changed"], again.result["members_known"]) == (False, 1)
    later = written(tmp_path, text_of("M1,13800000001,王芳,,,是,S,1990-05-06,12.5"), "later.csv")
    changed = await import_file(shop, later, MAPPING)
    assert (changed.result["changed"], changed.result["members_created"]) == (True, 0)


async def test_history_is_told_once_however_often_its_file_comes(shop: Shop, tmp_path: Path) -> None:
    mapping = {
        "kind": "facts",
        "fact": "coupon_redeemed",
        "source": "pos",
        "zone": "Asia/Shanghai",
        "columns": {"member": "客户", "occurred_at": "时间", "coupon": "券"},
        "rules": {"unknown_members": "create"},
    }
    lines = ["A1,2026-03-01,C1", "A1,2026-03-01,C2", "A1,2026-03-01,C1", "A2,never,C1", "A2,2026-03-02,"]
    path = written(tmp_path, "\n".join(["客户,时间,券", *lines]) + "\n", "coupons.csv")
    first = await import_file(shop, path, mapping)
    assert (first.result["facts"], first.rows_duplicate, first.rows_refused) == (2, 1, 2)
    again = await import_file(shop, path, mapping)
    assert (again.result["facts"], again.result["rows_known"]) == (0, 3)
    async with shop.db.transaction() as tx:
        recorded = (
            await tx.execute(
                text("SELECT occurred_at, props FROM fact WHERE name = 'coupon_redeemed' ORDER BY props->>'coupon'")
            )
        ).all()
    assert [(at.isoformat(), props) for at, props in recorded] == [
        ("2026-02-28T16:00:00+00:00", {"coupon": "C1"}),
        ("2026-02-28T16:00:00+00:00", {"coupon": "C2"}),
    ]
