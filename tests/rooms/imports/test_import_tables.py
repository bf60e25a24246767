"""Where a table stands in a file: separators, titles, sheets, encodings, totals, and what only looks like a table."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import httpx
import pytest

from siyu.imports.files import upload as uploads
from siyu.imports.files.layout import LayoutChoice
from siyu.imports.files.profile import guess_type
from siyu.imports.files.upload import Upload
from siyu.imports.refusals import WrongFile
from siyu.kit import bounded_process
from tests.rooms.imports.sample_files import LINES, TEXT, workbook
from tests.world import SHOP

PLAIN = "订单号,客户,金额\nD1,王芳,5.90\nD2,李雷,7.10\n"


def bring(folder: Path, content: bytes | str, name: str = "x.csv") -> Upload:
    data = content.encode() if isinstance(content, str) else content
    return uploads.bring_in(folder / "uploads", 1, io.BytesIO(data), name, 1 << 24)


def again(folder: Path, upload: Upload, **choice: object) -> Upload:
    return uploads.read_again(folder / "uploads", 1, upload, LayoutChoice(**choice))  # type: ignore[arg-type]


def rows(upload: Upload) -> list[tuple[object, ...]]:
    return duckdb.connect().execute(upload.rows_sql()).fetchall()


def headings(upload: Upload) -> list[str]:
    return [column.name for column in upload.columns]


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_separator_that_is_stated_is_no_row(tmp_path: Path, line: str) -> None:
    upload = bring(tmp_path, f"{line}\r\n号;价\r\n1;5,90\r\n2;6,10\r\n")
    assert (headings(upload), upload.layout.delimiter) == (["号", "价"], ";")
    assert [(row[0], *row[2:]) for row in rows(upload)] == [(3, "1", "5,90"), (4, "2", "6,10")]


def test_commas_in_amounts_do_not_part_a_table_of_semicolons(tmp_path: Path) -> None:
    upload = bring(tmp_path, "a;b\n1,5;2,5\n3,5;4,5\n")
    assert [row[2:] for row in rows(upload)] == [("1,5", "2,5"), ("3,5", "4,5")]


@pytest.mark.parametrize(
    "titles",
    [
        "青巷小店订单报表\n",
        "青巷小店订单报表,,\n导出时间：2026-03-01 09:30,,\n",
        "青巷小店订单报表\n\n导出人：林溪\n",
        '"订单\n报表",,\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_titles_above_the_heading_are_passed_over(tmp_path: Path, titles: str, encoding: str) -> None:
    upload = bring(tmp_path, (titles + PLAIN).encode(encoding))
    assert headings(upload) == ["订单号", "客户", "金额"]
    assert [row[2:] for row in rows(upload)] == [("D1", "王芳", "5.90"), ("D2", "李雷", "7.10")]
    numbers = [row[0] for row in rows(upload)]
    assert numbers == [upload.layout.heading_row + 1, upload.layout.heading_row + 2]


def test_a_heading_with_gaps_stays_the_heading(tmp_path: Path) -> None:
    upload = bring(tmp_path, "号,名,,\n1,王,x,y\n2,李,x,y\n")
    assert (headings(upload), upload.rows) == (["号", "名", "column 3", "column 4"], 2)


def test_another_heading_can_be_chosen_and_the_first_reading_stays(tmp_path: Path) -> None:
    first = bring(tmp_path, "a,b\n号,价\n1,2\n")
    second = again(tmp_path, first, heading_row=2)
    assert (headings(second), second.rows, second.file != first.file) == (["号", "价"], 1, True)
    assert headings(uploads.find(tmp_path / "uploads", 1, first.file)) == ["a", "b"]
    with pytest.raises(WrongFile):
        again(tmp_path, first, heading_row=9)


def test_a_comma_at_the_end_of_every_row_costs_nothing(tmp_path: Path) -> None:
    upload = bring(tmp_path, "a,b\n1,2,\n3,4,\n5,6,7\n8\n")
    assert [row[2:] for row in rows(upload)][:2] == [("1", "2"), ("3", "4")]
    assert [row[1] for row in rows(upload)] == [None, None, "5,6,7", "8"]


def two_sheets(path: Path) -> Path:
    """A workbook of a cover without a table, hidden notes, and two tables."""
    main = workbook(path.with_name("main.xlsx"), [["号", "价"], ["D1", 5.9], ["合计", 5.9]])
    other = workbook(
        path.with_name("other.xlsx"), [["会员报表"], [], ["会员号", "姓名"], ["M1", "王芳"], ["M2", "李雷"]]
    )
    with zipfile.ZipFile(main) as archive, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in archive.namelist():
            content = archive.read(name).decode()
            if name == "xl/workbook.xml":
                content = content.replace(
                    "<sheets>",
                    '<sheets><sheet name="说明" sheetId="3" r:id="r3"/><sheet name="旧" sheetId="2" r:id="r9" state="hidden"/>',
                ).replace("</sheets>", '<sheet name="会员" sheetId="4" r:id="r9"/></sheets>')
            if name == "xl/_rels/workbook.xml.rels":
                office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
                content = content.replace(
                    "</Relationships>",
                    f'<Relationship Id="r3" Type="{office}/worksheet" Target="worksheets/empty.xml"/>'
                    f'<Relationship Id="r9" Type="{office}/worksheet" Target="worksheets/other.xml"/></Relationships>',
                )
            made.writestr(name, content)
        with zipfile.ZipFile(other) as second:
            made.writestr("xl/worksheets/other.xml", second.read("xl/worksheets/sheet1.xml"))
        ns = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        made.writestr("xl/worksheets/empty.xml", f'<worksheet xmlns="{ns}"><sheetData></sheetData></worksheet>')
    return path


def test_a_sheet_is_found_and_another_can_be_chosen(tmp_path: Path) -> None:
    upload = bring(tmp_path, two_sheets(tmp_path / "book.xlsx").read_bytes(), "book.xlsx")
    assert (upload.layout.sheet, upload.layout.sheets) == ("订单", ["说明", "旧", "订单", "会员"])
    assert (headings(upload), upload.rows, upload.layout.totals) == (["号", "价"], 1, 1)
    members = again(tmp_path, upload, sheet="会员")
    assert (headings(members), members.rows, members.layout.heading_row) == (["会员号", "姓名"], 2, 3)
    for sheet in ("说明", "没有"):
        with pytest.raises(WrongFile) as refused:
            again(tmp_path, upload, sheet=sheet)
        assert sheet in refused.value.detail_zh and sheet in refused.value.detail


REFUSED = {
    "a web page named .xls": (b"\xef\xbb\xbf\r\n<html xmlns:x='urn'><table><tr><td>1</td></tr></table></html>", "HTML"),
    "a table of a web page": ("<table border=1><tr><td>订单号</td></tr></table>".encode("gb18030"), "HTML"),
    "a web page in UTF-16": ("<!DOCTYPE html><html></html>".encode("utf-16"), "HTML"),
    "an XML workbook of 2003": (b'<?xml version="1.0"?><Workbook></Workbook>', "XML"),
    "lines of JSON": (b'{"order": "D1", "amount": 5}\n{"order": "D2", "amount": 6}\n', "JSON"),
    "a list of JSON": (b'[\n  {"order": "D1"},\n  {"order": "D2"}]', "JSON"),
    "a PDF": (b"%PDF-1.7\n1 0 obj", "PDF"),
    "a packed file": (b"\x1f\x8b\x08\x00aaaa", "archive"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_only_looks_like_a_table_is_refused_by_its_name(tmp_path: Path, what: str) -> None:
    content, name = REFUSED[what]
    with pytest.raises(WrongFile) as refused:
        bring(tmp_path, content, "订单.xls")
    assert name in refused.value.detail
    assert refused.value.detail_zh != WrongFile.title_zh
    assert list((tmp_path / "uploads" / "1").iterdir()) == []


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('1,"an \\"open\\" sign"', 'an "open" sign'),
        ('1,"a \\"b\\", c"', 'a "b", c'),
        ('1,"an ""open"" sign"', 'an "open" sign'),
        ('1,"C:\\Shop\\"', "C:\\Shop\\"),
    ],
)
def test_a_quote_inside_quotes_is_read_as_it_is_written(tmp_path: Path, line: str, value: str) -> None:
    upload = bring(tmp_path, f"a,b\n{line}\n2,x\n")
    assert [row[2:] for row in rows(upload)] == [("1", value), ("2", "x")]


WESTERN = "Name;City;Price\nJörg Müller;Köln;5,90 €\nFrançois Étienne;Orléans;6,10 €\nIñigo Peña;Málaga;7,00 €\n"


def test_western_letters_are_not_chinese(tmp_path: Path) -> None:
    upload = bring(tmp_path, WESTERN.encode("cp1252"))
    assert upload.layout.encoding == "cp1252"
    assert rows(upload)[0][2:] == ("Jörg Müller", "Köln", "5,90 €")


@pytest.mark.parametrize("encoding", ["gb18030", "big5"])
@pytest.mark.parametrize(
    "text",
    [
        "id,grade\n1,A級\n2,B級\n",
        "訂單號,客戶姓名,城市\nD1,王小明,臺北市\nD2,陳大文,高雄市\n",
    ],
)
def test_chinese_is_not_western(tmp_path: Path, encoding: str, text: str) -> None:
    upload = bring(tmp_path, text.encode(encoding))
    assert rows(upload)[0][2:] == tuple(text.splitlines()[1].split(","))


def test_two_chinese_characters_are_enough(tmp_path: Path) -> None:
    assert rows(bring(tmp_path, "id,name\n1,T恤 polo\n2,LED灯\n".encode("gb18030")))[0][3] == "T恤 polo"


def test_an_encoding_can_be_chosen_and_one_that_is_not_the_files_is_refused(tmp_path: Path) -> None:
    japanese = bring(tmp_path, "番号,名前\n1,ブルーﾚｲ\n".encode("shift_jis"))
    assert again(tmp_path, japanese, encoding="shift_jis").columns[1].sample == ["ブルーﾚｲ"]
    with pytest.raises(WrongFile) as refused:
        again(tmp_path, japanese, encoding="utf-8-sig")
    assert "UTF-8" in refused.value.detail_zh


@pytest.mark.parametrize(
    ("last", "left_out"),
    [
        ("合计,,13.00", 1),
        ("总计：,2,13.00\n共 2 条,,", 2),
        (",合计,13.00", 1),
        ("Grand total,,13.00", 1),
        ("合计：2 笔，13.00 元", 1),
        ("Total,Erdbeere,5.90", 0),
        ("D3,合计,5.90", 0),
    ],
)
def test_rows_of_totals_are_left_out_and_counted(tmp_path: Path, last: str, left_out: int) -> None:
    upload = bring(tmp_path, PLAIN + last + "\n")
    assert (upload.layout.totals, upload.rows) == (left_out, 2 + last.count("\n") + 1 - left_out)
    assert [row[0] for row in rows(upload)][:2] == [2, 3]


def test_placeholders_do_not_hide_what_a_column_is() -> None:
    assert guess_type(["2026-01-05", "None", "nan", "#N/A", "-", "2026-02-11"]) == "time"
    assert guess_type(["None", "#N/A"]) == "text"


async def test_the_layout_is_told_and_chosen_over_http(client: httpx.AsyncClient) -> None:
    content = ("九月报表\n" + TEXT + "合计,,,,,,9,50.2\n").encode("gb18030")
    answer = await client.post("/api/v1/uploads", files={"file": ("orders.csv", content)})
    upload = answer.json()
    layout = upload["layout"]
    assert (layout["heading_row"], layout["encoding"], layout["totals"], upload["rows"]) == (
        2,
        "gb18030",
        1,
        len(LINES),
    )
    assert layout["head"][0] == {"row": 1, "cells": ["九月报表"]}
    assert {item["name"]: item["zh"] for item in layout["encodings"]}["cp1252"].startswith("Latin-1")
    address = f"/api/v1/uploads/{upload['file']}/layout"
    chosen = (await client.post(address, json={"encoding": "gb18030", "heading_row": 3})).json()
    assert (chosen["rows"], chosen["layout"]["heading_row"], chosen["file"] != upload["file"]) == (4, 3, True)
    for body, path in (({"encoding": "ebcdic"}, "encoding"), ({"heading_row": 0}, "heading_row")):
        refused = await client.post(address, json=body)
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, path)
    assert (await client.post("/api/v1/uploads/aaaaaaaaaaaaaaaaaaaaaaaa/layout", json={})).status_code == 404


async def test_a_source_is_never_called_like_the_file(client: httpx.AsyncClient) -> None:
    """A renamed file under another source would double its orders."""

    async def proposed(name: str) -> tuple[str, list[str]]:
        answer = await client.post("/api/v1/uploads", files={"file": (name, TEXT.encode())})
        upload = answer.json()
        return upload["suggested"]["mapping"]["source"], upload["sources"]

    assert await proposed("九月订单.csv") == (SHOP, [])
    upload = (await client.post("/api/v1/uploads", files={"file": ("x.csv", TEXT.encode())})).json()
    mapping = upload["suggested"]["mapping"] | {"source": "有赞旗舰店"}
    await client.post("/api/v1/imports", json={"file": upload["file"], "kind": "orders", "mapping": mapping})
    assert await proposed("九月订单（改）.csv") == ("有赞旗舰店", ["有赞旗舰店"])


# --- every parser works apart, within bounds


def test_nothing_but_the_apart_process_loads_a_parser() -> None:
    """The house can take files in without ever loading what reads them."""
    script = (
        "import sys, siyu.app; print([m for m in ('python_calamine', 'siyu.imports.files.tables') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("memory_bytes", "seconds", "word"), [(256 << 20, 60, "内存"), (3 << 30, 1, "用时")], ids=["memory", "time"]
)
@pytest.mark.parametrize("shape", ["csv", "parquet", "xlsx"])
def test_a_file_beyond_the_bounds_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str, memory_bytes: int, seconds: int, word: str
) -> None:
    file = tmp_path / f"big.{shape}"
    if shape == "xlsx":
        workbook(file, [[n * 7919 % 65537 for n in range(20)] for _ in range(40_000)])
    else:
        options = "header" if shape == "csv" else "format parquet"
        sql = f"COPY (SELECT i, repeat(md5(i::VARCHAR), 50) AS x FROM range(400000) t(i)) TO '{file}' ({options})"
        duckdb.connect().execute(sql)
    monkeypatch.setattr(uploads, "READ_MEMORY_BYTES", memory_bytes)
    monkeypatch.setattr(uploads, "READ_SECONDS", seconds)
    monkeypatch.setattr(uploads, "READ_BYTES_A_SECOND", 1 << 40)
    with file.open("rb") as stream, pytest.raises(WrongFile) as refused:
        uploads.bring_in(tmp_path / "uploads", 1, stream, file.name, 1 << 32)
    assert word in refused.value.detail_zh
    assert list((tmp_path / "uploads" / "1").iterdir()) == []


def test_the_process_apart_is_told_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIYU_DATABASE_URL", "postgresql://secret")
    (tmp_path / "spy.py").write_text(
        "import os\nfrom siyu.kit.bounded_process import serve\nserve(lambda request: {'names': sorted(os.environ)})\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    answer = bounded_process.run("spy", {}, tmp_path, memory_bytes=1 << 30, seconds=30)
    assert "PATH" in answer["names"] and not [name for name in answer["names"] if name.startswith("SIYU")]


@pytest.mark.parametrize(
    ("deed", "reason"),
    [("os.abort()", "memory"), ("os._exit(3)", "crash"), ("b'x' * (1 << 31)", "memory"), ("time.sleep(60)", "time")],
)
def test_a_process_that_ends_badly_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deed: str, reason: str
) -> None:
    (tmp_path / "deed.py").write_text(
        f"import os, time\nfrom siyu.kit.bounded_process import serve\nserve(lambda request: [{deed}] and {{}})\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path)]))
    with pytest.raises(bounded_process.OutOfBounds) as ended:
        bounded_process.run("deed", {}, tmp_path, memory_bytes=1 << 30, seconds=3)
    assert ended.value.reason == reason
