"""A workbook says how large it is before its cells are read."""

import time
import zipfile
from pathlib import Path

import pytest

from siyu.imports.files.upload import bring_in
from siyu.imports.refusals import WrongFile

TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(file: Path, cells: str, sheet: str = "xl/worksheets/sheet1.xml") -> Path:
    """A workbook of one sheet with `cells` as they stand in its XML."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="{sheet.removeprefix("xl/")}"/></Relationships>',
        )
        archive.writestr(sheet, f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>')
    return file


def text(reference: str, value: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{value}</t></is></c>'


@pytest.mark.parametrize("sheet", ["xl/worksheets/sheet1.xml", "xl/elsewhere.dat"])
@pytest.mark.parametrize("far", ["XFD1048576", "ZZ200000", "XFD1000"])
def test_a_cell_far_from_the_table_is_refused_in_words(tmp_path: Path, far: str, sheet: str) -> None:
    row = far.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    file = workbook(
        tmp_path / "far.xlsx", f'<row r="1">{text("A1", "phone")}</row><row r="{row}">{text(far, "x")}</row>', sheet
    )
    began = time.monotonic()
    with file.open("rb") as stream, pytest.raises(WrongFile) as refused:
        bring_in(tmp_path, 1, stream, "far.xlsx", 1 << 20)
    assert time.monotonic() - began < 2
    assert "清除远离表格的内容" in refused.value.detail_zh
    assert list((tmp_path / "1").iterdir()) == []


def test_a_table_with_a_stray_cell_nearby_is_read(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "near.xlsx",
        f'<row r="1">{text("A1", "phone")}{text("B1", "name")}</row><row r="3">{text("A3", "13800000001")}{text("B3", "周")}</row>',
    )
    with file.open("rb") as stream:
        upload = bring_in(tmp_path, 1, stream, "near.xlsx", 1 << 20)
    assert (upload.rows, [column.name for column in upload.columns]) == (1, ["phone", "name"])


def test_a_binary_workbook_is_refused_by_name(tmp_path: Path) -> None:
    file = workbook(tmp_path / "b.xlsx", "", "xl/worksheets/sheet1.bin")
    with file.open("rb") as stream, pytest.raises(WrongFile) as refused:
        bring_in(tmp_path, 1, stream, "b.xlsx", 1 << 20)
    assert "xlsb" in refused.value.detail_zh
