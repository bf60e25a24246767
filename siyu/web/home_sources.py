"""Work of the rooms that has a place on the first page."""

from siyu.imports.models import Import
from siyu.imports.runs import queries as imports
from siyu.insight.rules.home_summary import Work
from siyu.journeys.queries import counts as journeys
from siyu.kit.db import Tx
from siyu.kit.numbers import number
from siyu.kit.text import LocalizedText

JOURNEYS_SHOWN_MAX = 100
IMPORTS_SHOWN_MAX = 50


async def journey_work(tx: Tx, workspace_id: int) -> list[Work]:
    """Live journeys with the members in them; paused ones need a person when members wait in them."""
    lines, _ = await journeys.lines(tx, workspace_id, "", 0, JOURNEYS_SHOWN_MAX)
    work = []
    for line in lines:
        journey, waiting = line.journey, number(line.active)
        if journey.state == "live":
            text = LocalizedText(
                f"“{journey.name}”进行中，{waiting} 位客户在途",
                f"“{journey.name}” is live with {waiting} members in it",
            )
            work.append(Work("journey", journey.id, journey.name, "live", text, "journeys.read", total=line.active))
        elif journey.state == "paused" and line.active:
            text = LocalizedText(
                f"“{journey.name}”已暂停，{waiting} 位客户在等待",
                f"“{journey.name}” is paused and {waiting} members wait",
            )
            work.append(
                Work("journey", journey.id, journey.name, "paused", text, "journeys.read", True, total=line.active)
            )
    return work


async def import_work(tx: Tx, workspace_id: int) -> list[Work]:
    """Imports under way, and those that failed."""
    runs, _ = await imports.newest(tx, workspace_id, None, IMPORTS_SHOWN_MAX)
    return [
        Work(
            "import",
            run.id,
            run.file_name,
            run.state,
            _import_text(run),
            "imports.read",
            run.state == "failed",
            run.rows_done,
            run.rows_total,
        )
        for run in runs
        if run.state in ("waiting", "running", "failed")
    ]


def _import_text(run: Import) -> LocalizedText:
    done = number(run.rows_done)
    if run.state == "failed":
        return LocalizedText(
            f"“{run.file_name}”导入中断在第 {done} 行，可以继续",
            f"“{run.file_name}” stopped at row {done}; it can be resumed",
        )
    if run.state == "waiting":
        return LocalizedText(f"“{run.file_name}”等待导入", f"“{run.file_name}” waits to be imported")
    of = f" / {number(run.rows_total)}" if run.rows_total else ""
    return LocalizedText(
        f"“{run.file_name}”正在导入，{done}{of} 行", f"“{run.file_name}” is being imported: {done}{of} rows"
    )
