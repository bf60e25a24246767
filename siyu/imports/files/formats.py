"""What a file is, from its bytes and not its name: Parquet, Excel or delimited text, and how the text is written."""

import csv
import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from siyu.imports.files.encodings import ENCODINGS, decoded, likely_encodings
from siyu.imports.refusals import WrongFile
from siyu.kit.text import LocalizedText

EXCEL_BYTES_MAX = 256 * 1024 * 1024
"""Size of an Excel file once unpacked: it is read as a whole."""
EXCEL_PARTS_MAX = 5_000
EXCEL_RATIO_MAX = 200
"""Unpacked over packed; a sheet of one repeated cell stays under it, a bomb does not."""
HEAD_BYTES = 4_096
DELIMITERS = (",", "\t", ";", "|")
SAMPLE_LINES = 50
SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
BACKSLASH_QUOTE = re.compile(r'[^\\]\\"[^,;|\t\r\n"]')
"""A quote after a backslash that does not end its cell."""
_SAVE_AS = LocalizedText("请在原系统中导出 CSV 或 .xlsx 再上传", "export it as CSV or .xlsx and upload that")
_ARCHIVE = LocalizedText(
    "压缩包不是表格，请解压后上传其中的表格", "An archive is not a table: unpack it and upload the table"
)
SIGNATURES: tuple[tuple[bytes, LocalizedText], ...] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        LocalizedText(
            "这是旧版 Excel（.xls）或带密码的文件：请另存为不带密码的 .xlsx，或 CSV",
            "An old Excel file (.xls) or one with a password: save it as .xlsx without a password, or as CSV",
        ),
    ),
    (b"%PDF", LocalizedText(f"这是 PDF，不是表格：{_SAVE_AS.zh}", f"This is a PDF, not a table: {_SAVE_AS.en}")),
    (b"\x1f\x8b", _ARCHIVE),
    (b"Rar!", _ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
)
"""Files that are no tables, by their first bytes."""
TEXT_SIGNATURES: tuple[tuple[re.Pattern[bytes], LocalizedText], ...] = (
    (
        re.compile(rb"<(!doctype\s+html|html|head|meta|style|body|table|div|!--)", re.IGNORECASE),
        LocalizedText(
            f"这是网页（HTML），只是取名成了表格：请用 Excel 打开后另存为 .xlsx，或{_SAVE_AS.zh[1:]}",
            f"This is a web page (HTML) named like a table: open it in Excel and save it as .xlsx, or {_SAVE_AS.en}",
        ),
    ),
    (
        re.compile(rb"<\?xml|<[a-z:]*workbook", re.IGNORECASE),
        LocalizedText(
            "这是 XML（如“XML 表格 2003”）：请用 Excel 打开后另存为 .xlsx",
            "This is XML (an “XML Spreadsheet 2003”): open it in Excel and save it as .xlsx",
        ),
    ),
    (
        re.compile(rb'(\[\s*)?\{\s*("|\})'),
        LocalizedText(f"这是 JSON，不是表格：{_SAVE_AS.zh}", f"This is JSON, not a table: {_SAVE_AS.en}"),
    ),
)
"""Texts that are no tables, by how they begin."""
LINE_CHARS_MAX = 1_000_000


@dataclass(frozen=True)
class TextFormat:
    """Delimited text: its encoding and delimiter, whether it has blank lines, and what stands before a quote inside quotes."""

    encoding: str
    delimiter: str
    blanks: bool
    backslash: bool = False
    """`\\"` is a quote inside quotes, as databases write it."""


def file_format(file: Path) -> str:
    """`parquet`, `excel` or `text`; raises WrongFile for anything else."""
    size = file.stat().st_size
    if size == 0:
        raise WrongFile("The file is empty", "文件是空的")
    with file.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        stream.seek(max(0, size - 4))
        tail = stream.read(4)
    if head[:4] == b"PAR1":
        if tail != b"PAR1":
            raise WrongFile("This Parquet file is cut off", "Parquet 文件不完整")
        return "parquet"
    _check_signature(head)
    if head[:4] == b"PK\x03\x04":
        _check_excel(file)
        return "excel"
    return "text"


def _check_signature(head: bytes) -> None:
    """Raises WrongFile that names what a file is by its first bytes, where it is no table."""
    for signs, refusal in SIGNATURES:
        if head.startswith(signs):
            raise WrongFile(refusal.en, refusal.zh)
    # UTF-16 without its zeros reads like ASCII
    text = head.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    text = text.replace(b"\0", b"").lstrip()
    for pattern, refusal in TEXT_SIGNATURES:
        if pattern.match(text):
            raise WrongFile(refusal.en, refusal.zh)


def _check_excel(file: Path) -> None:
    """An archive is opened only if it is a workbook and stays small when unpacked."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise WrongFile("This Excel file is damaged", "Excel 文件已损坏") from error
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise WrongFile(
            "An archive is not a table: upload CSV, Excel or Parquet", "压缩包不是表格，请上传 CSV、Excel 或 Parquet"
        )
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if len(parts) > EXCEL_PARTS_MAX or unpacked > EXCEL_BYTES_MAX or unpacked > EXCEL_RATIO_MAX * max(packed, 1):
        raise WrongFile("This Excel file unpacks to too much; save it as CSV", "Excel 文件解压后过大，请另存为 CSV")


def text_format(file: Path, encoding: str | None = None) -> TextFormat:
    """How the text is written, in `encoding` if that was chosen; raises WrongFile when it cannot be read so."""
    for name in [encoding] if encoding else likely_encodings(file):
        try:
            blanks, backslash = _read_through(file, name)
        except UnicodeError:
            continue
        return TextFormat(name, _delimiter(file, name), blanks, backslash)
    if encoding:
        label = ENCODINGS[encoding]
        raise WrongFile(f"The text is not {label.en}; choose another encoding", f"文字不是 {label.zh}，请换一种编码")
    raise WrongFile(
        "The text is neither UTF-8, UTF-16, GB18030, Big5 nor Latin-1: save it as UTF-8",
        "文字编码不是 UTF-8、UTF-16、GB18030、Big5 或 Latin-1，请另存为 UTF-8",
    )


def _read_through(file: Path, encoding: str) -> tuple[bool, bool]:
    """Whether a line is blank and whether `\\"` stands inside a text, having seen that all of it is text that can be decoded."""
    blanks, backslash, end = False, False, ""
    for block in decoded(file, encoding):
        if "\0" in block:
            raise WrongFile(
                "This is not a table: upload CSV, Excel or Parquet", "不是表格，请上传 CSV、Excel 或 Parquet"
            )
        joined = (end + block).replace("\r\n", "\n")
        blanks = blanks or "\n\n" in joined or "\r" in joined[:-1]
        backslash = backslash or ('\\"' in joined and BACKSLASH_QUOTE.search(joined) is not None)
        end = block[-2:]
    return blanks, backslash


def separator_line(line: str) -> str | None:
    """The delimiter that a first line like `sep=;` tells a spreadsheet, else None."""
    stated = SEPARATOR.fullmatch(line.strip("\ufeff\r\n "))
    return stated[1] if stated else None


def _delimiter(file: Path, encoding: str) -> str:
    """The delimiter that the first line states, else the character that parts most of the first lines alike."""
    head = next(decoded(file, encoding))[: 64 * 1024]
    lines = head.splitlines()[:SAMPLE_LINES]
    stated = separator_line(lines[0]) if lines else None
    if stated:
        return stated
    sample = "\n".join(lines)
    best, most = ",", (0, 0)
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if len(row) > 1)
        # titles above the heading have other widths; of commas in amounts the heading has none
        agreeing = max(((count, width) for width, count in widths.items()), default=(0, 0))
        best, most = (delimiter, agreeing) if agreeing > most else (best, most)
    return best
