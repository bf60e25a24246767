"""What a file is, from its bytes and not its name: Parquet, Excel or delimited text, and how the text is written."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from siyu.imports.refusals import WrongFile

EXCEL_BYTES_MAX = 256 * 1024 * 1024
"""Size of an Excel file once unpacked: it is read as a whole."""
EXCEL_PARTS_MAX = 5_000
EXCEL_RATIO_MAX = 200
"""Unpacked over packed; a sheet of one repeated cell stays under it, a bomb does not."""
BLOCK_BYTES = 1 << 20
DELIMITERS = (",", "\t", ";", "|")
SAMPLE_LINES = 50
SAMPLE_BYTES = 256 * 1024
ENCODINGS = {"utf_8": "utf-8-sig", "utf_16": "utf-16", "gb18030": "gb18030", "big5": "big5"}
"""Encodings of text, by their names in charset-normalizer; of two that fit equally well the first is meant."""
LINE_CHARS_MAX = 1_000_000


@dataclass(frozen=True)
class TextFormat:
    """Delimited text: its encoding, its delimiter, and whether it has blank lines."""

    encoding: str
    delimiter: str
    blanks: bool


def file_format(file: Path) -> str:
    """`parquet`, `excel` or `text`; raises WrongFile for anything else."""
    size = file.stat().st_size
    if size == 0:
        raise WrongFile("The file is empty", "文件是空的")
    with file.open("rb") as stream:
        head = stream.read(8)
        stream.seek(max(0, size - 4))
        tail = stream.read(4)
    if head[:4] == b"PAR1":
        if tail != b"PAR1":
            raise WrongFile("This Parquet file is cut off", "Parquet 文件不完整")
        return "parquet"
    if head[:4] == b"PK\x03\x04":
        _check_excel(file)
        return "excel"
    if head == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise WrongFile(
            "An old Excel file (.xls) or one with a password: save it as .xlsx without a password, or as CSV",
            "这是旧版 Excel（.xls）或带密码的文件：请另存为不带密码的 .xlsx，或 CSV",
        )
    return "text"


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


def text_format(file: Path) -> TextFormat:
    """How the text is written; raises WrongFile when it is neither UTF-8, UTF-16 with a mark, GB18030 nor Big5."""
    for encoding in _encodings(file):
        try:
            blanks = _read_through(file, encoding)
        except UnicodeDecodeError:
            continue
        return TextFormat(encoding, _delimiter(file, encoding), blanks)
    raise WrongFile("The text is neither UTF-8, GB18030 nor Big5", "文字编码不是 UTF-8、GB18030 或 Big5")


def _encodings(file: Path) -> list[str]:
    """What the text may be encoded in, by its beginning, the likeliest first."""
    with file.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    if len(sample) == SAMPLE_BYTES and b"\0" not in sample:
        # a character that is cut in two would rule its encoding out
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    matches = sorted(
        from_bytes(sample, cp_isolation=list(ENCODINGS)), key=lambda m: (m.chaos, list(ENCODINGS).index(m.encoding))
    )
    return [ENCODINGS[match.encoding] for match in matches]


def decoded(file: Path, encoding: str) -> Iterator[str]:
    """The text in blocks."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with file.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)


def _read_through(file: Path, encoding: str) -> bool:
    """Whether a line is blank, having seen that all of it can be decoded and is text."""
    blanks, end = False, ""
    for block in decoded(file, encoding):
        if "\0" in block:
            raise WrongFile(
                "This is not a table: upload CSV, Excel or Parquet", "不是表格，请上传 CSV、Excel 或 Parquet"
            )
        joined = (end + block).replace("\r\n", "\n")
        blanks = blanks or "\n\n" in joined or "\r" in joined[:-1]
        end = block[-2:]
    return blanks


def _delimiter(file: Path, encoding: str) -> str:
    """The character that parts the first lines most evenly."""
    head = next(decoded(file, encoding))[: 64 * 1024]
    sample = "\n".join(head.splitlines()[:SAMPLE_LINES])
    best, most = ",", 0
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        if widths and widths[0] > 1:
            agreeing = sum(width == widths[0] for width in widths) * widths[0]
            best, most = (delimiter, agreeing) if agreeing > most else (best, most)
    return best
