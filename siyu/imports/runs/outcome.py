"""How an import ended, in a word and in sentences."""

from siyu.imports.mapping.document import Mapping
from siyu.imports.mapping.reader import kind_of
from siyu.imports.models import Import
from siyu.imports.refusals import STATES
from siyu.imports.runs import report
from siyu.kit.text import LocalizedText


def left_out(run: Import) -> bool:
    """Whether rows were refused or cells left out."""
    result = report.tally(run.result)
    return bool(result.rows_refused or result.cells_left_out)


def outcome(run: Import) -> str:
    """How an import stands: one that is done but left something out is no plain success."""
    return "partial" if run.state == "done" and left_out(run) else run.state


def sentences(run: Import) -> list[LocalizedText]:
    """What an import did: its state, what came in, what became of its rows, and its money held against the file's."""
    result = report.tally(run.result)
    state = STATES[outcome(run)]
    stood = LocalizedText(f"{run.file_name}：{state.zh}。", f"{run.file_name}: {state.en}.")
    trouble = [] if run.trouble is None else [LocalizedText(**run.trouble)]
    came_in = kind_of(Mapping.model_validate(run.mapping)).sentence(result)
    return [stood, *trouble, *report.sentences(result, came_in, run.rows_done, run.rows_duplicate)]
