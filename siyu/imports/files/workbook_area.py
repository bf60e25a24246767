"""How far the cells of a workbook reach, told before any are read: a reader lays out every cell from A1 to the last one."""

import re
import zipfile
import zlib
from pathlib import Path

from siyu.imports.refusals import WrongFile

AREA_CELLS_MAX = 10_000_000
"""Width times height of a sheet. Some 500 MB as the reader holds them."""
SHEET_BYTES_MAX = 256 * 1024 * 1024
BLOCK_BYTES = 1 << 20
REFERENCE_BYTES_MAX = 64
_CELL = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


def check_area(file: Path) -> None:
    """Raises WrongFile for a workbook of which a sheet reaches too far, unpacks to too much or is not of the .xlsx kind."""
    try:
        with zipfile.ZipFile(file) as archive:
            for part in archive.infolist():
                if part.filename.lower().endswith(".bin") and "xl/work" in part.filename.lower():
                    raise WrongFile(
                        "A binary workbook (.xlsb): save it as .xlsx", "这是二进制工作簿（.xlsb），请另存为 .xlsx"
                    )
                # a sheet may lie under any name: the workbook's relations say where
                if not part.is_dir():
                    _check_part(archive, part)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise WrongFile("This Excel file is damaged", "Excel 文件已损坏") from error


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    width = height = size = 0
    rest = b""
    with archive.open(part) as stream:
        while block := stream.read(BLOCK_BYTES):
            if size == 0 and block.startswith(_UTF_16):
                raise WrongFile(
                    "This Excel file is not in UTF-8; save it anew", "Excel 文件不是 UTF-8 编码，请重新另存"
                )
            size += len(block)
            if size > SHEET_BYTES_MAX:
                raise WrongFile(
                    "This Excel file unpacks to too much; save it as CSV", "Excel 文件解压后过大，请另存为 CSV"
                )
            for letters, digits in _CELL.findall(rest + block):
                width, height = max(width, _column(letters)), max(height, int(digits))
            if width * height > AREA_CELLS_MAX:
                raise WrongFile(
                    f"The cells reach to column {width:,} and row {height:,}: clear what stands far from the table, or save it as CSV",
                    f"单元格一直延伸到第 {width:,} 列、第 {height:,} 行：请清除远离表格的内容，或另存为 CSV",
                )
            rest = block[-REFERENCE_BYTES_MAX:]


def _column(letters: bytes) -> int:
    """`A` is 1, `XFD` 16,384."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
