"""The file of refused rows: as they stood, in the file's coding, with all reasons; corrected it comes in. And how the result is said."""

import csv
import io
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from siyu.app import JOBS
from siyu.cli.imports import print_report
from siyu.imports.runs.error_file import error_file
from siyu.worker.poll import Registry, drain
from tests.rooms.imports.sample_files import HEADING, LINES, ORDERS_MAPPING, import_file, written
from tests.world import XU, Shop

BAD = [
    "D008,A3,2026-03-01 09:30,青巷一店,SKU8,“散装”糖,一斤,1.00",
    "D008,A3,2026-03-01 09:30,青巷一店,SKU9,=1+1,2,5.00",
]
TITLED = "\n".join(["青巷小店 九月订单", HEADING, *LINES, *BAD]) + "\n"


async def sent(
    shop: Shop, client: httpx.AsyncClient, content: bytes, mapping: dict[str, Any] | None = None
) -> dict[str, Any]:
    upload = (await client.post("/api/v1/uploads", files={"file": ("订单.csv", content)})).json()
    mapping = mapping or upload["suggested"]["mapping"]
    body = {"file": upload["file"], "kind": mapping["kind"], "mapping": mapping}
    started = await client.post("/api/v1/imports", json=body)
    assert started.status_code == 201, started.text
    await drain(Registry(jobs=JOBS), shop.db, shop.lake)
    run: dict[str, Any] = (await client.get(f"/api/v1/imports/{started.json()['id']}")).json()
    return run


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
async def test_refused_rows_come_back_whole_and_go_in_once_corrected(
    shop: Shop, client: httpx.AsyncClient, encoding: str
) -> None:
    run = await sent(shop, client, TITLED.encode(encoding), ORDERS_MAPPING)
    assert (run["state"], run["outcome"], run["rows_refused"]) == ("done", "partial", 2)
    answer = await client.get(f"/api/v1/imports/{run['id']}/errors.csv")
    assert answer.headers["content-type"] == f"text/csv; charset={encoding.removesuffix('-sig')}"
    text = answer.content.decode(encoding)
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["未导入原因", *HEADING.split(",")]
    assert [row[1:] for row in rows[1:]] == [BAD[0].split(","), BAD[1].replace("=1+1", "'=1+1").split(",")]
    assert rows[1][0] == "第 8 行：数量：不是数字"
    assert rows[2][0].startswith("第 9 行：订单号：同一单据有另一行无法读取")
    corrected = await sent(shop, client, text.replace("一斤", "1").encode(encoding))
    assert (corrected["outcome"], corrected["result"]["orders"], corrected["rows_refused"]) == ("done", 1, 0)
    assert corrected["mapping"]["rules"]["refund"] == {"prefix": "T", "values": []}
    lines = (await client.get("/api/v1/orders", params={"search": "D008"})).json()
    order = (await client.get(f"/api/v1/orders/{lines['items'][0]['id']}")).json()
    assert [line["title"] for line in order["items"]] == ["“散装”糖", "=1+1"]


async def test_a_line_of_another_width_comes_back_as_it_stands(shop: Shop, tmp_path: Path) -> None:
    lines = [HEADING, *LINES, 'D7,A1,2026-03-01 09:30,店,"S,1",x,1,2.00,extra', "D8,A1"]
    done = await import_file(shop, written(tmp_path, "\n".join(lines) + "\n"), ORDERS_MAPPING)
    blocks = [block async for block in error_file(done, "en").blocks(shop.db)]
    rows = list(csv.reader(io.StringIO(b"".join(blocks).decode("utf-8-sig"))))
    assert rows[0][0] == "Why not imported"
    assert [row[1:] for row in rows[1:]] == [
        ["D7", "A1", "2026-03-01 09:30", "店", "S,1", "x", "1", "2.00", "extra"],
        ["D8", "A1"],
    ]


async def test_reasons_that_the_file_s_coding_cannot_write_make_it_unicode(shop: Shop, tmp_path: Path) -> None:
    mapping = {"kind": "members", "columns": {"email": "Mail", "name": "Name"}}
    content = "Name;Mail\nJörg Müller;j@x.example\nRené Étienne;none at all\n"
    done = await import_file(shop, written(tmp_path, content, "m.csv", "cp1252"), mapping)
    assert done.rows_refused == 1
    text = b"".join([block async for block in error_file(done, "zh").blocks(shop.db)]).decode("utf-8-sig")
    assert text.splitlines()[1].endswith("René Étienne;none at all")
    english = b"".join([block async for block in error_file(done, "en").blocks(shop.db)]).decode("cp1252")
    assert english.splitlines()[1].endswith("René Étienne;none at all")


async def test_whole_numbers_of_a_typed_file_come_back_whole(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "m.parquet"
    duckdb.connect().execute(
        f"COPY (SELECT * FROM (VALUES (17850::DOUBLE, 'x'), (NULL, '王芳'), (17851, NULL)) t(id, zone)) TO '{file}' (FORMAT parquet)"
    )
    mapping = {"kind": "members", "columns": {"external_id": "id", "zone": "zone"}}
    done = await import_file(shop, file, mapping)
    text = b"".join([block async for block in error_file(done, "zh").blocks(shop.db)]).decode("utf-8-sig")
    assert [line.split(",")[1:] for line in text.splitlines()] == [["id", "zone"], ["17850", "x"], ["", "王芳"]]


async def test_the_file_shows_people_and_is_for_those_who_import(shop: Shop, client: httpx.AsyncClient) -> None:
    run = await sent(shop, client, TITLED.encode(), ORDERS_MAPPING)
    async with shop.client(XU) as analyst:
        assert (await analyst.get(f"/api/v1/imports/{run['id']}")).status_code == 200
        assert (await analyst.get(f"/api/v1/imports/{run['id']}/errors.csv")).status_code == 403


async def test_the_result_is_said_in_words_with_its_money(
    shop: Shop, client: httpx.AsyncClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = await sent(shop, client, TITLED.encode(), ORDERS_MAPPING)
    state, came_in, rows, money = (sentence["zh"] for sentence in run["sentences"])
    assert state == "订单.csv：已完成，有内容未导入。"
    assert came_in.startswith("新增订单 3 笔（4 行）、退款 1 笔")
    assert rows == "文件共 7 行，2 行未导入。"
    assert money == "金额核对：文件合计 57.715 元 = 系统中 47.72 元 + 未导入 10 元 + 取整差额 -0.005 元，相符。"
    assert all(sentence["en"] and not sentence["en"].isspace() for sentence in run["sentences"])
    again = await sent(shop, client, TITLED.encode(), ORDERS_MAPPING)
    assert again["sentences"][1]["zh"].startswith("新增订单 0 笔（0 行）、退款 0 笔；已存在 4 笔")
    done = await import_file(shop, written(tmp_path, "\n".join([HEADING, *LINES]) + "\n"), ORDERS_MAPPING)
    print_report(done)
    printed = capsys.readouterr().out
    assert "orders.csv：已完成。" in printed and "orders.csv: Done." in printed
    assert "没有变化" in printed and "{" not in printed


async def test_a_file_that_an_earlier_mapping_fits_is_read_by_it(shop: Shop, client: httpx.AsyncClient) -> None:
    await sent(shop, client, TITLED.encode(), ORDERS_MAPPING)
    upload = (await client.post("/api/v1/uploads", files={"file": ("会员.csv", (HEADING + ",备注\n").encode())})).json()
    mapping = upload["suggested"]["mapping"]
    assert (mapping["source"], mapping["rules"]["refund"]["prefix"]) == ("门店收银", "T")
    other = (await client.post("/api/v1/uploads", files={"file": ("x.csv", b"a,b\n1,2\n")})).json()
    assert other["suggested"]["mapping"]["columns"] == {}
