"""Exit: the end of the way, with its reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from siyu.journeys.steps.names import Names
from siyu.journeys.steps.step import Answers, Run, StepKind, StepOutcome
from siyu.kit.config import Setting
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.text import LocalizedText, same

FINISHED = "finished"


class ExitStep(StepKind):
    """The journey ends here."""

    kind: ClassVar[str] = "exit"
    label: ClassVar[LocalizedText] = LocalizedText("退出旅程", "Exit")
    help: ClassVar[LocalizedText] = LocalizedText("旅程到此结束，并记下原因", "The journey ends here, with a reason")
    icon: ClassVar[str] = "exit"

    reason: Annotated[
        str | None,
        Field(max_length=NAME_CHARS_MAX),
        Setting(
            LocalizedText("退出原因", "Reason"),
            fault=LocalizedText(f"最多 {NAME_CHARS_MAX} 个字符", f"at most {NAME_CHARS_MAX} characters"),
            hint=LocalizedText("例如：已召回", "For example: won back"),
        ),
    ] = None

    def summary(self, _names: Names) -> LocalizedText:
        """Its reason."""
        return same(self.reason or "")

    def decide(self, _salt: str, runs: Sequence[Run], _answers: Answers, _now: datetime) -> StepOutcome:
        """Every run ends here."""
        return StepOutcome(ended=list(runs), why=self.reason or FINISHED)
