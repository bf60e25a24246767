"""The file of refused rows: rows as they stood, with why they were not taken, ready to be corrected and imported again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from siyu.imports.files import upload as uploads
from siyu.imports.files.original_rows import CsvEncoder, OriginalRows, original_rows
from siyu.imports.files.upload import Upload
from siyu.imports.models import Import
from siyu.imports.refusals import REASON_HEADING, FileGone, NoSuchUpload
from siyu.imports.runs.queries import FaultyRow, faulty_rows
from siyu.kit.db import Database
from siyu.kit.text import Lang, LocalizedText

PLACE = LocalizedText("第 {} 行", "Row {}")
COLON, SEMICOLON = LocalizedText("：", ": "), LocalizedText("；", "; ")


@dataclass(frozen=True)
class ErrorFile:
    """The file of one import; `blocks` writes it a page of rows at a time."""

    import_id: int
    upload: Upload
    lang: Lang
    encoder: CsvEncoder

    @property
    def charset(self) -> str:
        """The name of its encoding, as HTTP has it."""
        return self.encoder.encoding.removesuffix("-sig")

    async def blocks(self, db: Database) -> AsyncIterator[bytes]:
        """The file, block by block."""
        after = -1
        with original_rows(self.upload) as original:
            yield self.encoder.lines([[REASON_HEADING.read(self.lang), *original.headings()]])
            while True:
                async with db.transaction() as tx:
                    page = await faulty_rows(tx, self.import_id, after)
                if not page:
                    return
                yield await asyncio.to_thread(self._block, original, page)
                after = page[-1].row

    def _block(self, original: OriginalRows, page: Sequence[FaultyRow]) -> bytes:
        cells = original.at([faulty.row for faulty in page])
        return self.encoder.lines(
            [[reason_text(faulty, self.lang), *cells[faulty.row]] for faulty in page if faulty.row in cells]
        )


def error_file(run: Import, lang: Lang) -> ErrorFile:
    """The file of refused rows of an import; raises FileGone once its upload is deleted."""
    try:
        upload = uploads.load(Path(run.file_path))
    except NoSuchUpload as error:
        raise FileGone() from error
    return ErrorFile(run.id, upload, lang, CsvEncoder(upload, REASON_HEADING.read(lang)))


def reason_text(faulty: FaultyRow, lang: Lang) -> str:
    """`第 7 行：数量：不是数字；单价：不是金额`."""
    reasons = (
        f"{column}{COLON.read(lang)}{reason.read(lang)}" if column else reason.read(lang)
        for column, reason in faulty.faults
    )
    return f"{PLACE.read(lang).format(faulty.row)}{COLON.read(lang)}{SEMICOLON.read(lang).join(reasons)}"
