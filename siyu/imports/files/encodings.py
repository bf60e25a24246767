"""Encodings of text: which ones there are, which one a file is written in, and the text in blocks."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from charset_normalizer import from_bytes

from siyu.kit.text import LocalizedText

BLOCK_BYTES = 1 << 20
SAMPLE_BYTES = 256 * 1024
ENCODINGS: dict[str, LocalizedText] = {
    "utf-8-sig": LocalizedText("UTF-8（通用）", "UTF-8"),
    "utf-16": LocalizedText("UTF-16（Unicode 文本）", "UTF-16 (Unicode text)"),
    "gb18030": LocalizedText("GBK / GB18030（简体中文）", "GBK / GB18030 (simplified Chinese)"),
    "big5": LocalizedText("Big5（繁体中文）", "Big5 (traditional Chinese)"),
    "cp1252": LocalizedText("Latin-1 / Windows-1252（西欧）", "Latin-1 / Windows-1252 (Western European)"),
    "shift_jis": LocalizedText("Shift JIS（日文）", "Shift JIS (Japanese)"),
    "cp949": LocalizedText("EUC-KR / CP949（韩文）", "EUC-KR / CP949 (Korean)"),
    "cp1251": LocalizedText("Windows-1251（西里尔字母）", "Windows-1251 (Cyrillic)"),
}
"""What a text may be said to be written in. The first five are recognised."""
_JUDGED = {"utf_8": "utf-8-sig", "utf_16": "utf-16", "gb18030": "gb18030", "big5": "big5"}
"""Encodings by their names in charset-normalizer; of two that fit equally well the first is meant."""
_PAIRS = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_LETTER = re.compile(rb"[A-Za-z]")
WESTERN_SHARE = 0.85
"""From this share of pairs that end in a Latin letter on, the text is no Chinese: `\xfcl` of Müller is a pair too."""
_RUNS = re.compile(rb"[A-Za-z]?[\x80-\xff]+[A-Za-z]?")
_HIGH = frozenset(range(0x80, 0x100))
_SIGNS = frozenset(b"\x80\x85\x91\x92\x93\x94\x96\x97\xa0\xa3\xa5\xa9\xae\xb0\xb2\xb3\xb4\xb7\xba\xbd")
"""Signs of Windows-1252 that stand alone: € … ‘ ’ “ ” – — £ ¥ © ® ° and the like."""


def decoded(file: Path, encoding: str) -> Iterator[str]:
    """The text in blocks; raises UnicodeDecodeError."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with file.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)


def likely_encodings(file: Path) -> list[str]:
    """What the text may be encoded in, by its beginning, the likeliest first."""
    with file.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    if len(sample) == SAMPLE_BYTES and b"\0" not in sample:
        # a character that is cut in two would rule its encoding out
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    matches = sorted(
        from_bytes(sample, cp_isolation=list(_JUDGED)), key=lambda m: (m.chaos, list(_JUDGED).index(m.encoding))
    )
    likely = [_JUDGED[match.encoding] for match in matches]
    if not sample.isascii() and "utf-8-sig" not in likely[:1] and _is_western(sample):
        return ["cp1252", *likely]
    return likely or ["gb18030", "big5"]


def _is_western(sample: bytes) -> bool:
    """Whether the bytes above ASCII are single letters within Latin words, and not pairs that make a Chinese character."""
    if b"\0" in sample:
        return False
    pairs = _PAIRS.findall(sample)
    if pairs and sum(bool(_LETTER.match(pair, 1)) for pair in pairs) < WESTERN_SHARE * len(pairs):
        return False
    runs = _RUNS.findall(sample)
    alone = [run for run in runs if not _HIGH.intersection(run) - _SIGNS or (len(run) <= 4 and _LETTER.search(run))]
    return len(alone) >= WESTERN_SHARE * len(runs)
