"""Why a row is refused, in both languages, and why a whole file is."""

from siyu.kit.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from siyu.kit.text import LocalizedText

REASONS: dict[str, LocalizedText] = {
    "missing": LocalizedText("必填，但单元格为空", "needed, but the cell is empty"),
    "number": LocalizedText("不是数字", "not a number"),
    "money": LocalizedText("不是金额", "not an amount of money"),
    "time": LocalizedText("不是可识别的时间", "not a time we can read"),
    "boolean": LocalizedText("不是“是/否”", "neither yes nor no"),
    "zone": LocalizedText("不是有效的时区", "not a time zone"),
    "text": LocalizedText("文字过长", "longer than allowed"),
    "identity": LocalizedText("不是有效的身份", "not a valid identity of its kind"),
    "veiled": LocalizedText("已脱敏或加密，不能用来识别客户", "masked or encrypted: it tells nobody from anybody"),
    "damaged": LocalizedText(
        "被电子表格改坏了：长编号变成了科学计数法，请从原系统重新导出为文本",
        "damaged by a spreadsheet: a long number was shortened; export it again as text",
    ),
    "choice": LocalizedText("不在可选项中", "not one of the options"),
    "tag": LocalizedText(
        "没有这个标签：请先在“标签”里建立，再导入错误行文件",
        "there is no such tag: make it under Tags, then import the file of refused rows",
    ),
    "who": LocalizedText("没有任何客户身份", "names no identity of a member"),
    "unreadable": LocalizedText("这一行的列数与表头不一致", "this line has another number of cells than the heading"),
    "sibling": LocalizedText(
        "同一单据有另一行无法读取，整单未导入",
        "another line of the same document cannot be read, so none was taken",
    ),
    "customers": LocalizedText("同一单据写了两位客户", "the document names two customers"),
    "large": LocalizedText("单据行数超过上限", "the document has more lines than allowed"),
    "unknown": LocalizedText("没有这位客户", "there is no such member"),
    "different": LocalizedText("单号已存在，但内容不同", "this number is already here with other content"),
    "taken": LocalizedText("身份已属于另一位客户", "the identity already belongs to another member"),
    "currency": LocalizedText("不是品牌的记账货币", "not in the currency of the brand's books"),
    "status": LocalizedText(
        "不认识的订单状态：请在预览里选它算已付款、不导入还是已退款",
        "a state nobody knows: say in the preview whether it is paid, left out or refunded",
    ),
    "cancelled": LocalizedText(
        "已作为已付款导入过，文件里却是未付款或已取消；没有改动",
        "here as paid, but not paid or cancelled in the file; nothing was changed",
    ),
    "amounts": LocalizedText("同一单据写了不同的整单金额", "the document says its amount in two ways"),
    "partial": LocalizedText("写着退款，但不知道退了多少", "something was given back, but not how much"),
    "over_refunded": LocalizedText(
        "退款多于实付：如果总额已扣除退款，请在“怎么读”里选“是”",
        "more was refunded than paid: if the total has refunds taken off, say so under How to read it",
    ),
    "range": LocalizedText("数值超出允许范围", "out of the allowed range"),
    "unforeseen": LocalizedText(
        "处理这一行时发生未预料的错误，其余行已导入；原因见运行日志",
        "something nobody foresaw went wrong with this row; the others came in, and the reason is in the log",
    ),
}

KEPT = LocalizedText("（只略过这一格）", " (only this cell is left out)")
"""What is added to the reason of a cell that costs only itself."""


def reason(code: str, *, kept: bool) -> LocalizedText:
    """Why a cell cannot be taken, and whether it costs only itself."""
    why = REASONS[code]
    return LocalizedText(why.zh + KEPT.zh, why.en + KEPT.en) if kept else why


REASON_HEADING = LocalizedText("未导入原因", "Why not imported")
"""The column that a file of refused rows has besides its own."""

OPEN = ("waiting", "running")
"""States of an import that is not over."""
STATES: dict[str, LocalizedText] = {
    "waiting": LocalizedText("排队中", "Waiting"),
    "running": LocalizedText("导入中", "Running"),
    "done": LocalizedText("已完成", "Done"),
    "partial": LocalizedText("已完成，有内容未导入", "Done, some left out"),
    "cancelled": LocalizedText("已取消", "Cancelled"),
    "failed": LocalizedText("中断", "Stopped"),
}
"""What an import's state is called; `partial` is how one that is done ended."""

FAULTS_SHOWN_MAX = 3


def trouble_text(refusal: Refusal) -> LocalizedText:
    """What an operator reads of a refusal, with its first faults."""
    faults = refusal.errors[:FAULTS_SHOWN_MAX]
    zh = "；".join(fault.reason_zh for fault in faults)
    en = "; ".join(fault.reason for fault in faults)
    return LocalizedText(f"{refusal.detail_zh}{zh and '：' + zh}", f"{refusal.detail}{en and ': ' + en}")


class WrongFile(Invalid):
    """A file that is refused as a whole."""

    code, title, title_zh = "wrong_file", "This file cannot be read", "无法读取该文件"


class NoSuchUpload(NotFound):
    code, title, title_zh = "no_such_upload", "Upload the file again", "请重新上传文件"


class FileGone(NotFound):
    code, title, title_zh = (
        "import_file_gone",
        "The file was deleted, 30 days after its import",
        "文件已在导入 30 天后删除",
    )


class NotYourFile(Forbidden):
    """The rows of a file are for whoever brought it, and for those who may see personal data in clear."""

    code, title = (
        "not_your_file",
        "Whoever brought this file can download its rows, or somebody who may see members in clear",
    )
    title_zh = "文件含明文个人信息，只有导入人或有明文权限的人可以下载"


class NoSuchImport(NotFound):
    code, title, title_zh = "no_such_import", "There is no such import", "没有这次导入"


class AlreadyOver(Conflict):
    code, title, title_zh = "import_over", "This import is already over", "这次导入已经结束"


class Interrupted(Refusal):
    """An import that stopped for a reason nobody foresaw; the reason is in the log, not before the operator."""

    status, code = 500, "import_interrupted"
    title = (
        "The import stopped unexpectedly and is tried again by itself. Rows already written stay. Should it not go on, resume it,"
        " or ask an administrator to look at the log"
    )
    title_zh = "导入意外中断，系统会自动再试。已写入的行保留；若没有继续，请点“从断点继续”，或请管理员查看日志"


class Cancelled(Exception):
    """Somebody cancelled the import between two chunks."""
