"""Small files made by hand, and how tests bring them in."""

import zipfile
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from siyu.imports.models import Import
from siyu.imports.runs import actions, jobs
from tests.world import NOON, Shop

ORDER_COLUMNS = {
    "number": "订单号",
    "member": {"column": "客户编号", "identity": "external_id"},
    "paid_at": "支付时间",
    "store": "门店",
    "product": "商品编码",
    "title": "商品名称",
    "quantity": "数量",
    "price": "单价",
}
ORDERS_MAPPING: dict[str, Any] = {
    "kind": "orders",
    "source": "门店收银",
    "zone": "Asia/Shanghai",
    "columns": ORDER_COLUMNS,
    "rules": {"refund": {"prefix": "T"}},
}
HEADING = "订单号,客户编号,支付时间,门店,商品编码,商品名称,数量,单价"
LINES = [
    "D001,A1,2026-03-01 09:30,青巷一店,SKU1,“有机”菠菜 300g,2,5.90",
    'D001,A1,2026-03-01 09:30,青巷一店,SKU2,"鸡蛋, 10 枚",1,12.80',
    "D002,,2026/3/1 10:00,青巷一店,SKU1,“有机”菠菜 300g,1,5.90",
    "D003,A2,2026年3月2日 08:05,青巷二店,SKU3,牛奶 1L,3,10.005",
    "T001,A1,2026-03-03 12:00,青巷一店,SKU2,鸡蛋,-1,12.80",
]
TEXT = "\n".join([HEADING, *LINES]) + "\n"


async def import_file(
    shop: Shop, path: Path, mapping: dict[str, Any], *, now: datetime = NOON, run: bool = True
) -> Import:
    """Bring `path` in by the same verbs as the command line, and run it."""
    async with shop.db.transaction() as tx:
        started = await actions.start_file(
            tx,
            shop.caller,
            kind=mapping["kind"],
            path=path,
            mapping=mapping,
            now=now,
            uploads_at=path.parent / "uploads",
        )
    return await jobs.run_import(shop.db, started.id, now) if run else started


def written(folder: Path, text: str, name: str = "orders.csv", encoding: str = "utf-8") -> Path:
    """A text file."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    """A minimal .xlsx; numbers are written as numbers, texts inline, datetimes as Excel's day numbers (it knows no zone)."""
    sheet = "".join(
        f'<row r="{r}">{"".join(_cell(r, c, value) for c, value in enumerate(row))}</row>'
        for r, row in enumerate(rows, 1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="订单" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return path


def _cell(row: int, column: int, value: Any) -> str:
    place = f"{chr(65 + column)}{row}"
    if value is None:
        return ""
    if isinstance(value, datetime):
        days = (value - datetime(1899, 12, 30, tzinfo=UTC)).total_seconds() / 86_400
        return f'<c r="{place}" s="1"><v>{days!r}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
