"""The console's way: upload, suggested mapping, preview, start, progress, refused rows, and who may do it."""

import csv
import importlib
import io
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx import ASGITransport
from sqlalchemy import text

from siyu.app import JOBS
from siyu.demo.world import ZONE
from siyu.imports.files import upload as uploads
from siyu.imports.refusals import Interrupted
from siyu.imports.runs import actions, jobs
from siyu.imports.runs.queries import faults
from siyu.platform import actions as platform
from siyu.worker.poll import Registry, drain
from tests.rooms.imports.sample_files import HEADING, LINES, ORDERS_MAPPING, TEXT
from tests.world import NOON, PASSWORD, XU, ZHOU, Shop

BAD = "D009,A1,2026-03-01 09:30,店,SKU9,=cmd|'/c calc'!A1,one,=1+1"


async def uploaded(client: httpx.AsyncClient, content: str = TEXT, name: str = "九月订单.csv") -> dict[str, Any]:
    answer = await client.post("/api/v1/uploads", files={"file": (name, content.encode(), "text/csv")})
    assert answer.status_code == 201, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def imported(shop: Shop, client: httpx.AsyncClient, content: str = TEXT) -> dict[str, Any]:
    upload = await uploaded(client, content)
    body = {"file": upload["file"], "kind": "orders", "mapping": ORDERS_MAPPING}
    started = await client.post("/api/v1/imports", json=body)
    assert started.status_code == 201, started.text
    assert (started.json()["state"], started.json()["rows_total"]) == ("waiting", upload["rows"])
    await drain(Registry(jobs=JOBS), shop.db, shop.lake)
    done: dict[str, Any] = (await client.get(f"/api/v1/imports/{started.json()['id']}")).json()
    return done


async def test_a_file_proposes_its_own_mapping(client: httpx.AsyncClient) -> None:
    upload = await uploaded(client)
    assert (upload["rows"], upload["name"]) == (5, "九月订单.csv")
    assert [(c["name"], c["type"]) for c in upload["columns"]][:4] == [
        ("订单号", "text"),
        ("客户编号", "text"),
        ("支付时间", "time"),
        ("门店", "text"),
    ]
    suggested = upload["suggested"]
    assert (suggested["kind"], suggested["mapping"]["zone"]) == ("orders", ZONE)
    assert suggested["mapping"]["columns"] == {
        "number": "订单号",
        "member": "客户编号",
        "paid_at": "支付时间",
        "store": "门店",
        "product": "商品编码",
        "title": "商品名称",
        "quantity": "数量",
        "price": "单价",
    }


async def test_a_file_has_a_mapping_ready_for_every_kind(client: httpx.AsyncClient) -> None:
    upload = await uploaded(client)
    kinds = (await client.get("/api/v1/import-kinds")).json()["items"]
    mappings = {(suggestion["kind"], suggestion["fact"]): suggestion["mapping"] for suggestion in upload["suggestions"]}
    assert mappings.keys() == {(kind["kind"], kind["fact"]) for kind in kinds}
    assert upload["suggestions"][0] == upload["suggested"]
    assert mappings["members", None]["columns"] == {"external_id": "客户编号"}
    assert mappings["facts", "coupon_redeemed"]["columns"] == {"member": "客户编号"}
    assert all((mapping["kind"], mapping["fact"]) == key for key, mapping in mappings.items())


async def test_an_import_runs_as_a_job_and_says_what_it_did(shop: Shop, client: httpx.AsyncClient) -> None:
    done = await imported(shop, client, TEXT + BAD + "\n")
    assert (done["state"], done["rows_done"], done["rows_refused"]) == ("done", 6, 1)
    assert (done["result"]["orders"], done["result"]["refunds"]) == (3, 1)
    assert done["summary"]["zh"] == "新增订单 3 笔（4 行）、退款 1 笔；已存在 0 笔；拒绝 1 行。"
    listed = (await client.get("/api/v1/imports")).json()
    assert (listed["total"], listed["items"][0]["id"]) == (1, done["id"])
    orders = (await client.get("/api/v1/orders", params={"search": "D00"})).json()
    assert orders["total"] == 3
    totals = (await client.get("/api/v1/commerce/totals")).json()
    assert (totals["orders"], totals["sales_fen"], totals["refunded_fen"]) == (3, 6052, 1280)


async def test_refused_rows_come_as_a_spreadsheet_that_runs_nothing(shop: Shop, client: httpx.AsyncClient) -> None:
    done = await imported(shop, client, TEXT + BAD + "\n")
    answer = await client.get(f"/api/v1/imports/{done['id']}/errors.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows == [
        ["未导入原因", *HEADING.split(",")],
        [
            "第 7 行：数量：不是数字；单价：不是金额",
            *("D009", "A1", "2026-03-01 09:30", "店", "SKU9", "'=cmd|'/c calc'!A1", "one", "'=1+1"),
        ],
    ]


async def test_a_preview_shows_values_and_faults_and_writes_nothing(shop: Shop, client: httpx.AsyncClient) -> None:
    upload = await uploaded(client, TEXT + BAD + "\n")
    body = {"file": upload["file"], "kind": "orders", "mapping": ORDERS_MAPPING}
    seen = (await client.post("/api/v1/imports/preview", json=body)).json()
    assert (seen["total"], seen["checked"], seen["refused"]) == (6, 6, 1)
    first = seen["rows"][0]
    assert (first["row"], first["values"]["paid_at"]) == (2, "2026-03-01T01:30:00Z")
    assert (first["values"]["title"], first["values"]["price"]) == ("“有机”菠菜 300g", "5.9")
    assert seen["rows"][5]["faults"][0]["reason_zh"] == "不是数字"
    async with shop.db.transaction() as tx:
        for table in ("purchase", "member", "import_run"):
            assert await tx.scalar(text(f"SELECT count(*) FROM {table}")) == 0


async def test_a_preview_leaves_out_identities_tags_and_attributes_as_the_import_does(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    """What the preview says of each row is what the import does with it."""
    rows = ["M1,13800000001,,家", "M2,12,,", "M3,,没有的,", "M4,,,x", f"M5,,,{'长' * 600}", "M6,,,"]
    mapping = {
        "kind": "members",
        "columns": {"external_id": "号", "phone": "手机", "tags": "标签", "attribute.kinds": "类"},
        "attributes": {"kinds": {"label": "类", "type": "list", "options": ["家", "店"]}},
    }
    upload = await uploaded(client, "\n".join(["号,手机,标签,类", *rows]) + "\n")
    body = {"file": upload["file"], "kind": "members", "mapping": mapping}
    seen = (await client.post("/api/v1/imports/preview", json=body)).json()
    started = await client.post("/api/v1/imports", json=body)
    done = await jobs.run_import(shop.db, started.json()["id"], NOON)
    async with shop.db.transaction() as tx:
        refused = [(fault.row, fault.column, fault.reason_zh) for fault in await faults(tx, done.id)]
    assert [(fault["row"], fault["column"], fault["reason_zh"]) for fault in seen["faults"]] == refused
    assert [row for row, _, _ in refused] == [3, 4, 5, 6]
    assert seen["refused"] == done.rows_refused == 0
    assert seen["cells_left_out"] == done.result["cells_left_out"] == 4
    assert all(fault["kept"] for fault in seen["faults"])
    assert [len(row["faults"]) for row in seen["rows"]] == [0, 1, 1, 1, 1, 0]


async def test_a_preview_of_orders_names_customers_that_cannot_be_one(shop: Shop, client: httpx.AsyncClient) -> None:
    mapping = {
        **ORDERS_MAPPING,
        "columns": {**ORDERS_MAPPING["columns"], "member": {"column": "客户编号", "identity": "phone"}},
    }
    upload = await uploaded(client, TEXT.replace("A1", "13800000001").replace("A2", "12"))
    body = {"file": upload["file"], "kind": "orders", "mapping": mapping}
    seen = (await client.post("/api/v1/imports/preview", json=body)).json()
    assert [(fault["row"], fault["value"]) for fault in seen["faults"]] == [(5, "12")]
    assert (seen["refused"], seen["cells_left_out"], seen["faults"][0]["kept"]) == (0, 1, True)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"columns": {"number": "没有的列", "paid_at": "支付时间", "price": "单价"}}, "mapping.columns.number"),
        ({"columns": {"number": "订单号", "price": "单价"}}, "mapping.columns.paid_at"),
        ({"columns": {"number": "订单号", "paid_at": "支付时间"}}, "mapping.columns.amount"),
        ({"columns": {**ORDERS_MAPPING["columns"], "colour": "门店"}}, "mapping.columns.colour"),
        ({"zone": "Mars/Olympus"}, "mapping.zone"),
        ({"rules": {"refund": {}}}, "mapping.rules.refund"),
        ({"kind": "facts", "fact": "message_sent"}, "mapping.fact"),
        ({"rules": {"duplicates": "maybe"}}, "mapping.rules.duplicates"),
    ],
)
async def test_a_mapping_that_cannot_work_is_refused_with_the_path(
    client: httpx.AsyncClient, change: dict[str, Any], path: str
) -> None:
    upload = await uploaded(client)
    mapping = {**ORDERS_MAPPING, **change}
    body = {"file": upload["file"], "kind": mapping["kind"], "mapping": mapping}
    answer = await client.post("/api/v1/imports/preview", json=body)
    assert answer.status_code == 422
    assert path in [fault["path"] for fault in answer.json()["errors"]]


async def test_files_too_large_or_of_no_kind_are_refused(shop: Shop, client: httpx.AsyncClient) -> None:
    shop.app.state.settings.upload_mb_max = 1
    big = b"a,b\n" * (1 << 19)
    answer = await client.post("/api/v1/uploads", files={"file": ("x.csv", big)})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    async def stream() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
        yield big
        yield b"\r\n--b--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = await client.post("/api/v1/uploads", content=stream(), headers=headers)
    assert answer.status_code == 413
    answer = await client.post("/api/v1/uploads", files={"file": ("orders.csv", b"\x89PNG\r\n\x1a\n\0\0\0")})
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_file")
    assert answer.json()["detail_zh"]
    answer = await client.post("/api/v1/uploads", json={"file": "x"})
    assert answer.status_code == 422
    answer = await client.post("/api/v1/uploads", content=b"x", headers={"content-type": "multipart/form-data"})
    assert answer.status_code == 422


async def test_only_those_who_may_import_do(shop: Shop, client: httpx.AsyncClient) -> None:
    done = await imported(shop, client)
    async with shop.client(XU) as analyst:
        assert (await analyst.get(f"/api/v1/imports/{done['id']}")).status_code == 200
        answer = await analyst.post("/api/v1/uploads", files={"file": ("x.csv", TEXT.encode())})
        assert answer.status_code == 403
        assert (await analyst.post(f"/api/v1/imports/{done['id']}/resume")).status_code == 403
    async with shop.client(ZHOU) as host:
        assert (await host.get("/api/v1/imports")).status_code == 403


async def test_another_brand_s_imports_files_and_orders_are_not_there(shop: Shop, client: httpx.AsyncClient) -> None:
    done = await imported(shop, client)
    upload = await uploaded(client)
    async with shop.db.transaction() as tx:
        await platform.create_workspace(
            tx, name="别家", zone=ZONE, locale="zh", email="a@other.example", person="别人", password=PASSWORD, now=NOON
        )
        order = await tx.scalar(text("SELECT min(id) FROM purchase"))
    async with httpx.AsyncClient(transport=ASGITransport(shop.app), base_url="http://siyu.test") as other:
        answer = await other.post("/api/v1/sign-in", json={"email": "a@other.example", "password": PASSWORD})
        other.headers["X-CSRF-Token"] = answer.json()["csrf"]
        for path in (f"/imports/{done['id']}", f"/imports/{done['id']}/errors.csv", f"/orders/{order}"):
            assert (await other.get(f"/api/v1{path}")).status_code == 404, path
        for verb in ("resume", "cancel"):
            assert (await other.post(f"/api/v1/imports/{done['id']}/{verb}")).status_code == 404
        body = {"file": upload["file"], "kind": "orders", "mapping": ORDERS_MAPPING}
        assert (await other.post("/api/v1/imports", json=body)).status_code == 404
        assert (await other.get("/api/v1/imports")).json()["total"] == 0
        assert (await other.get("/api/v1/orders")).json()["total"] == 0


async def test_an_import_that_is_over_cannot_be_cancelled_or_resumed(shop: Shop, client: httpx.AsyncClient) -> None:
    done = await imported(shop, client)
    for verb in ("resume", "cancel"):
        answer = await client.post(f"/api/v1/imports/{done['id']}/{verb}")
        assert (answer.status_code, answer.json()["code"]) == (409, "import_over")


async def test_a_file_that_is_gone_fails_the_import_in_words(shop: Shop, client: httpx.AsyncClient) -> None:
    upload = await uploaded(client)
    body = {"file": upload["file"], "kind": "orders", "mapping": ORDERS_MAPPING}
    started = (await client.post("/api/v1/imports", json=body)).json()
    folder: Path = shop.app.state.settings.uploads / str(shop.workspace_id) / upload["file"]
    for file in folder.iterdir():
        file.unlink()
    await drain(Registry(jobs=JOBS), shop.db, shop.lake)
    failed = (await client.get(f"/api/v1/imports/{started['id']}")).json()
    assert (failed["state"], failed["trouble"]) == ("failed", {"zh": "请重新上传文件", "en": "Upload the file again"})


@pytest.mark.parametrize(
    ("kept", "both"),
    [
        ("请重新上传文件 / Upload the file again", {"zh": "请重新上传文件", "en": "Upload the file again"}),
        ("没有列“a / b” / no column a / b", {"zh": "没有列“a / b”", "en": "no column a / b"}),
        ("磁盘已满", {"zh": "磁盘已满", "en": "磁盘已满"}),
        (None, None),
    ],
)
async def test_trouble_kept_as_one_text_is_parted(shop: Shop, kept: str | None, both: dict[str, str] | None) -> None:
    migration = importlib.import_module("siyu.migrations.versions.0006_trouble_of_imports")
    async with shop.db.transaction() as tx:
        parted = f"SELECT {migration.BOTH} FROM (SELECT CAST(:kept AS text) AS trouble) AS import_run"
        assert await tx.scalar(text(parted), {"kept": kept}) == both


async def test_what_nobody_foresaw_fails_the_import_in_calm_words_and_is_logged(
    shop: Shop, client: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    upload = await uploaded(client)
    body = {"file": upload["file"], "kind": "orders", "mapping": ORDERS_MAPPING}
    started = (await client.post("/api/v1/imports", json=body)).json()
    async with shop.db.transaction() as tx:
        await tx.execute(text("ALTER TABLE purchase_line RENAME TO purchase_line_away"))
    with pytest.raises(Interrupted):
        await jobs.run_import(shop.db, started["id"], NOON)
    failed = (await client.get(f"/api/v1/imports/{started['id']}")).json()
    assert (failed["state"], failed["rows_done"]) == ("failed", 0)
    assert failed["trouble"]["zh"].startswith("导入意外中断")
    assert failed["trouble"]["en"].startswith("The import stopped unexpectedly")
    assert not any(leak in text for text in failed["trouble"].values() for leak in ("Error", "purchase"))
    logged = capfd.readouterr()
    assert "import_interrupted" in logged.out + logged.err and "UndefinedTable" in logged.out + logged.err
    async with shop.db.transaction() as tx:
        await tx.execute(text("ALTER TABLE purchase_line_away RENAME TO purchase_line"))
    done = await jobs.run_import(shop.db, started["id"], NOON)
    assert (done.state, done.rows_done, done.trouble) == ("done", 5, None)


async def test_a_tag_nobody_made_is_left_out_and_says_what_to_do(shop: Shop, client: httpx.AsyncClient) -> None:
    upload = await uploaded(client, "会员号,姓名,标签\nM1,王芳,\nM2,李雷,团购;早市\nM3,韩梅,\n", "会员.csv")
    columns = {"external_id": "会员号", "name": "姓名", "tags": "标签"}
    body = {"file": upload["file"], "kind": "members", "mapping": {"kind": "members", "columns": columns}}
    started = (await client.post("/api/v1/imports", json=body)).json()
    await drain(Registry(jobs=JOBS), shop.db, shop.lake)
    done = (await client.get(f"/api/v1/imports/{started['id']}")).json()
    assert (done["state"], done["rows_done"], done["rows_refused"]) == ("done", 3, 0)
    assert (done["result"]["members_created"], done["result"]["cells_left_out"]) == (3, 1)
    answer = await client.get(f"/api/v1/imports/{started['id']}/errors.csv")
    (refused,) = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))[1:]
    assert refused == [
        "第 3 行：标签：没有这个标签：请先在“标签”里建立，再导入错误行文件（只略过这一格）",
        *("M2", "李雷", "团购;早市"),
    ]


async def test_the_kinds_name_their_targets_in_both_languages(client: httpx.AsyncClient) -> None:
    kinds = (await client.get("/api/v1/import-kinds")).json()["items"]
    assert [(kind["kind"], kind["fact"]) for kind in kinds][:4] == [
        ("members", None),
        ("orders", None),
        ("facts", "friend_added"),
        ("facts", "friend_removed"),
    ]
    orders = {target["name"]: target for target in kinds[1]["targets"]}
    assert (orders["paid_at"]["zh"], orders["paid_at"]["en"], orders["paid_at"]["required"]) == (
        "支付时间",
        "Paid at",
        True,
    )


async def test_refused_cells_and_files_go_after_thirty_days(shop: Shop, client: httpx.AsyncClient) -> None:
    done = await imported(shop, client, "\n".join([HEADING, LINES[0], BAD]) + "\n")
    folders = list((shop.app.state.settings.uploads / str(shop.workspace_id)).iterdir())
    later = NOON + timedelta(days=31)
    for folder in folders:
        os.utime(folder / "about.json", (NOON.timestamp(), NOON.timestamp()))
    async with shop.db.transaction() as tx:
        needed = await actions.forget(tx, later - actions.FILES_KEPT)
    uploads.sweep(shop.app.state.settings.uploads, later - actions.FILES_KEPT, {Path(folder) for folder in needed})
    assert not any(folder.exists() for folder in folders)
    answer = await client.get(f"/api/v1/imports/{done['id']}/errors.csv")
    assert (answer.status_code, answer.json()["code"]) == (404, "import_file_gone")
    assert jobs.FORGET.run is jobs.forget


async def test_a_preview_says_whom_the_file_may_enrol_and_the_import_asks_again(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    trigger = {"kind": "fact", "fact": "order_paid", "late_hours": 48}
    draft = {"trigger": trigger, "start": "n1", "nodes": {"n1": {"kind": "exit", "reason": "完"}}}
    journey = (await client.post("/api/v1/journeys", json={"name": "首单", "draft": draft})).json()
    assert (await client.post(f"/api/v1/journeys/{journey['id']}/publish")).status_code == 200
    day = NOON.strftime("%Y-%m-%d")
    lines = [f"D{n},A{n},{day} 09:00,,SKU1,菜,1,2.00" for n in range(3)] + ["D9,A9,2020-01-01 09:00,,SKU1,菜,1,2.00"]
    upload = await uploaded(client, "\n".join([HEADING, *lines]) + "\n")
    body = {"file": upload["file"], "kind": "orders", "mapping": ORDERS_MAPPING}
    preview = (await client.post("/api/v1/imports/preview", json=body)).json()
    assert (preview["enrolling"], [line["rows"] for line in preview["journeys"]]) == (3, [3])
    assert preview["journeys"][0]["text"]["zh"] == "有 3 行发生在最近 48 小时内，最多让 3 位客户进入旅程“首单”"
    moved = await client.post("/api/v1/imports", json=body | {"expected": 0})
    assert (moved.status_code, moved.json()["code"]) == (409, "count_moved")
    assert (await client.post("/api/v1/imports", json=body | {"expected": 3})).status_code == 201
