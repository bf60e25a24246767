"""Files that are not what they seem, and files that are hard to read."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from siyu.imports.files import encodings, formats
from siyu.imports.files import upload as uploads
from siyu.imports.files.preview import Preview, preview
from siyu.imports.files.upload import Upload
from siyu.imports.mapping.document import Mapping
from siyu.imports.mapping.reader import kind_of, read
from siyu.imports.refusals import NoSuchUpload, WrongFile
from siyu.kit.errors import TooLarge
from tests.rooms.imports.sample_files import HEADING, LINES, ORDERS_MAPPING, workbook, written

MEGABYTE = 1 << 20


def bring(folder: Path, content: bytes | Path, name: str = "x.csv", bytes_max: int = 8 * MEGABYTE) -> Upload:
    data = content.read_bytes() if isinstance(content, Path) else content
    return uploads.bring_in(folder / "uploads", 1, io.BytesIO(data), name, bytes_max)


def looked(upload: Upload, mapping: Mapping) -> Preview:
    """The preview of the file alone: nobody is known, and nothing of ours refuses a row."""
    return preview(upload, kind_of(mapping), mapping, lambda _fetch, _columns: [])


def archive(parts: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return packed.getvalue()


BOMB = {"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": b"0" * (60 * MEGABYTE)}
HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "a picture": lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00",
    "an archive": lambda: archive({"orders.csv": b"a,b\n1,2\n"}),
    "a zip bomb dressed as a workbook": lambda: archive(BOMB),
    "half a workbook": lambda: b"PK\x03\x04" + b"\x00" * 100,
    "a cut Parquet file": lambda: b"PAR1" + b"\x00" * 100,
    "a false Parquet file": lambda: b"PAR1" + b"\x00" * 100 + b"PAR1",
    "an old Excel file of noise": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 2_000,
    "no heading": lambda: b",,,\n,,,\n",
    "unknown encoding": lambda: b"a,b\n\xff\xff\xff,\x80\n",
    "a line without end": lambda: b"a,b\n" + b"x" * (formats.LINE_CHARS_MAX + 10),
    "too many columns": lambda: b",".join(b"c%d" % n for n in range(600)) + b"\n",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_table_is_refused_with_a_reason_and_leaves_nothing_behind(tmp_path: Path, what: str) -> None:
    with pytest.raises(WrongFile) as refused:
        bring(tmp_path, HOSTILE[what](), "orders.xlsx")
    assert refused.value.detail_zh
    assert list((tmp_path / "uploads" / "1").iterdir()) == []


def test_an_old_or_locked_workbook_is_told_what_to_save_it_as(tmp_path: Path) -> None:
    with pytest.raises(WrongFile) as refused:
        bring(tmp_path, HOSTILE["an old Excel file of noise"](), "orders.xls")
    assert ".xlsx" in refused.value.detail_zh and "CSV" in refused.value.detail


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("text", ["号,名\n1,王芳\n", "姓名,城市\n喆𠮷,濮阳\n", "a,b\n1,2\n"])
def test_short_files_are_read_in_the_encoding_they_are_written_in(tmp_path: Path, encoding: str, text: str) -> None:
    upload = bring(tmp_path, text.encode(encoding))
    heading, row = (line.split(",") for line in text.splitlines())
    assert [(column.name, column.sample) for column in upload.columns] == [
        (name, [value]) for name, value in zip(heading, row, strict=True)
    ]


def test_a_file_from_taiwan_is_read(tmp_path: Path) -> None:
    upload = bring(tmp_path, "訂單號,客戶姓名,城市\nD1,王小明,臺北市\nD2,陳大文,高雄市\n".encode("big5"))
    assert [column.sample for column in upload.columns] == [["D1", "D2"], ["王小明", "陳大文"], ["臺北市", "高雄市"]]


@pytest.mark.parametrize("cut", range(4))
def test_a_character_across_the_end_of_the_sample_rules_no_encoding_out(tmp_path: Path, cut: int) -> None:
    line = "号,名\n" + "x" * cut + "王芳,李雷\n" * (encodings.SAMPLE_BYTES // 6)
    for encoding in ("utf-8", "gb18030", "utf-16"):
        assert bring(tmp_path, line.encode(encoding)).columns[1].sample == ["李雷"], encoding


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        bring(tmp_path, b"a,b\n" * MEGABYTE, bytes_max=MEGABYTE)


@pytest.mark.parametrize("file", ["../1/x", "..", "/etc/passwd", "a" * 20, "", "x\0y"])
def test_a_name_that_is_no_upload_is_nobodys(tmp_path: Path, file: str) -> None:
    with pytest.raises(NoSuchUpload):
        uploads.find(tmp_path / "uploads", 1, file)


def test_an_upload_belongs_to_its_workspace(tmp_path: Path) -> None:
    upload = bring(tmp_path, b"a,b\n1,2\n")
    assert uploads.find(tmp_path / "uploads", 1, upload.file).rows == 1
    with pytest.raises(NoSuchUpload):
        uploads.find(tmp_path / "uploads", 2, upload.file)


def test_a_file_name_cannot_point_anywhere(tmp_path: Path) -> None:
    assert bring(tmp_path, b"a,b\n1,2\n", "..\\..\\C:/x/../\u202e订单.csv").name == "订单.csv"


def test_headings_are_made_whole_and_unique(tmp_path: Path) -> None:
    upload = bring(tmp_path, b"price,,price, price ,Price\n1,2,3,4,5\n")
    assert [column.name for column in upload.columns] == ["price", "column 2", "price 2", "price 3", "Price"]
    assert [column.sample for column in upload.columns] == [["1"], ["2"], ["3"], ["4"], ["5"]]


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (["1", "2.5", "-3"], "number"),
        (["1,234.50", "12"], "number"),
        (["2026-03-01", "2026/3/1 9:05"], "time"),
        (["2026年3月1日 10:00"], "time"),
        (["是", "否"], "boolean"),
        (["A1", "2"], "text"),
        (["", ""], "text"),
    ],
)
def test_columns_are_seen_for_what_they_are(tmp_path: Path, values: list[str], type_: str) -> None:
    text = "x,y\n" + "".join(f'"{value}",1\n' for value in values)
    assert bring(tmp_path, text.encode()).columns[0].type == type_


TIMES = {
    "2026-03-01 10:00": "2026-03-01T02:00:00Z",
    "2026/3/1 9:05": "2026-03-01T01:05:00Z",
    "2026年3月1日": "2026-02-28T16:00:00Z",
    "20260301": "2026-02-28T16:00:00Z",
    "2026-03-01T10:00:00Z": "2026-03-01T10:00:00Z",
    "2026-03-01T10:00:00+02:00": "2026-03-01T08:00:00Z",
    "1 March": None,
    "infinity": None,
    "0001-01-01": None,
}
NUMBERS = {
    "¥1,234.50": "1234.5",
    "12元": "12",
    "-0.5": "-0.5",
    "1e3": "1000",
    "1,5": None,
    "NaN": None,
    "--1": None,
    "٣": None,
}


def test_times_and_numbers_are_read_as_people_write_them(tmp_path: Path) -> None:
    pairs = [(time, "1") for time in TIMES] + [("2026-03-01", number) for number in NUMBERS]
    text = "n,t,a\n" + "".join(f'{n},{time},"{amount}"\n' for n, (time, amount) in enumerate(pairs))
    mapping = read(
        {"kind": "orders", "zone": "Asia/Shanghai", "columns": {"number": "n", "paid_at": "t", "amount": "a"}}
    )
    rows = looked(bring(tmp_path, text.encode()), mapping).rows
    assert {time: row.values["paid_at"] for time, row in zip(TIMES, rows, strict=False)} == TIMES
    assert {n: row.values["amount"] for n, row in zip(NUMBERS, rows[len(TIMES) :], strict=True)} == NUMBERS


def test_a_time_format_a_comma_fraction_and_fen_are_read_when_told(tmp_path: Path) -> None:
    columns = {
        "number": "n",
        "paid_at": {"column": "t", "format": "%d.%m.%y"},
        "price": {"column": "p", "decimal": ","},
        "quantity": {"constant": "2"},
    }
    upload = bring(tmp_path, b"n;t;p\n1;03.02.26;1.234,50\n")
    row = looked(upload, read({"kind": "orders", "columns": columns})).rows[0]
    assert row.values == {"number": "1", "paid_at": "2026-02-03T00:00:00Z", "price": "1234.5", "quantity": "2"}
    fen = {"number": "n", "paid_at": {"column": "t", "format": "epoch"}, "amount": {"column": "p", "unit": "fen"}}
    upload = bring(tmp_path, b"n,t,p\n1,1772323200,1250\n")
    row = looked(upload, read({"kind": "orders", "columns": fen})).rows[0]
    assert row.values == {"number": "1", "paid_at": "2026-03-01T00:00:00Z", "amount": "12.5"}


def test_parquet_keeps_its_types_and_gaps_do_not_turn_customers_into_fractions(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    duckdb.sql(f"""
        COPY (SELECT * FROM (VALUES
            ('i1', 17850.0::DOUBLE, TIMESTAMP '2026-03-01 10:00', 2.5::DECIMAL(10, 3)),
            ('i2', NULL, TIMESTAMP '2026-03-01 11:00', 1),
            ('i3', 'NaN'::DOUBLE, NULL, 1)) AS t (n, c, moment, p)) TO '{path}' (FORMAT parquet)""")
    columns = {"number": "n", "member": "c", "paid_at": "moment", "amount": "p"}
    seen = looked(bring(tmp_path, path), read({"kind": "orders", "zone": "UTC", "columns": columns}))
    assert [row.values["member"] for row in seen.rows] == ["17850", None, None]
    assert [row.values["amount"] for row in seen.rows] == ["2.5", "1", "1"]
    assert [(fault.row, fault.column, fault.code) for fault in seen.faults] == [(3, "moment", "missing")]


def test_lines_keep_their_numbers_whatever_stands_between(tmp_path: Path) -> None:
    """A quoted line break is no line of its own; blank and crooked lines are."""
    lines = [HEADING, LINES[0].replace("“有机”菠菜 300g", '"菠菜\n300g"'), "", "crooked,line", LINES[2]]
    upload = bring(tmp_path, written(tmp_path, "\r\n".join(lines)))
    seen = looked(upload, read(ORDERS_MAPPING))
    assert [(row.row, row.values["number"]) for row in seen.rows] == [(2, "D001"), (4, None), (5, "D002")]
    assert seen.rows[0].values["title"] == "菠菜\n300g"
    assert [(fault.row, fault.code, fault.value) for fault in seen.faults] == [(4, "unreadable", "crooked,line")]


def test_a_workbook_bomb_of_one_cell_is_stopped_by_its_ratio(tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", [["a"], ["0" * (40 * MEGABYTE)]])
    with pytest.raises(WrongFile):
        bring(tmp_path, path, "x.xlsx")
