"""Tag: put tags on and take tags off."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field

from siyu.audience.language.identity import key_of
from siyu.contacts.tags import actions as contacts
from siyu.contacts.tags import queries as contact_tags
from siyu.journeys.steps.names import Names
from siyu.journeys.steps.rehearsal import Assumed, DryAnswer, Rehearsal
from siyu.journeys.steps.step import DONE, Answers, Exit, References, Run, RunGroup, StepContext, StepKind, StepOutcome
from siyu.kit.config import Setting
from siyu.kit.errors import Fault
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.text import LocalizedText, same

TAGS_MAX = 50
TagKey = Annotated[
    str, Field(min_length=1, max_length=NAME_CHARS_MAX), BeforeValidator(lambda value: key_of(value) or value)
]
NAMES_FAULT = LocalizedText(f"应为标签名，最多 {TAGS_MAX} 个", f"at most {TAGS_MAX} tag names")


class TagStep(StepKind):
    """Add or remove tags, which are named by their keys."""

    kind: ClassVar[str] = "tag"
    label: ClassVar[LocalizedText] = LocalizedText("打标签", "Tag")
    help: ClassVar[LocalizedText] = LocalizedText("打上或移除标签", "Add or remove tags")
    icon: ClassVar[str] = "tag"
    start: ClassVar[Mapping[str, Any]] = {"add": [], "remove": []}
    fixed_exits: ClassVar[tuple[Exit, ...]] = (
        Exit(DONE, LocalizedText("完成", "done"), LocalizedText("更新标签", "Tags are changed")),
    )

    add: Annotated[
        list[TagKey],
        Field(max_length=TAGS_MAX),
        BeforeValidator(lambda value: [] if value is None else value),
        Setting(LocalizedText("加上标签", "Add tags"), fault=NAMES_FAULT, format="tags"),
    ] = []
    remove: Annotated[
        list[TagKey],
        Field(max_length=TAGS_MAX),
        BeforeValidator(lambda value: [] if value is None else value),
        Setting(LocalizedText("移除标签", "Remove tags"), fault=NAMES_FAULT, format="tags"),
    ] = []

    def summary(self, names: Names) -> LocalizedText:
        """The tags, with a plus or a minus."""
        add, remove = ([names.tag(tag) for tag in tags] for tags in (self.add, self.remove))
        return same("  ".join([*(f"+ {tag}" for tag in add), *(f"− {tag}" for tag in remove)]) or "…")

    def check(self, path: str, references: References) -> list[Fault]:
        """At least one tag of the brand to put on or take off, none in both, at most one of an exclusive group to put on."""
        faults: list[Fault] = []
        if not self.add and not self.remove:
            return [self.fault(path, "add", LocalizedText("请选择标签", "choose a tag"))]
        doubled = sorted(set(self.add) & set(self.remove))
        if doubled:
            text = LocalizedText(f"同时要打上：{'、'.join(doubled)}", f"also put on: {', '.join(doubled)}")
            faults.append(self.fault(path, "remove", text))
        for name, tags in (("add", self.add), ("remove", self.remove)):
            missing = [tag for tag in tags if tag not in references.tags]
            if missing:
                text = LocalizedText(f"没有这个标签：{'、'.join(missing)}", f"no such tag: {', '.join(missing)}")
                faults.append(self.fault(path, name, text))
        exclusive = [group for tag in dict.fromkeys(self.add) if (group := references.tags.get(tag)) is not None]
        if len(set(exclusive)) < len(exclusive):
            text = LocalizedText("同一互斥组只能打一个标签", "two tags of one exclusive group")
            faults.append(self.fault(path, "add", text))
        return faults

    @classmethod
    async def apply(cls, context: StepContext, groups: Sequence[RunGroup[Self]]) -> Sequence[Answers]:
        """One call a group. A tag that is gone is passed over: it must not hold the journey up."""
        existing = (await contact_tags.tag_names(context.tx, context.workspace_id)).names
        for group in groups:
            add = [existing[tag] for tag in group.step.settings.add if tag in existing]
            remove = [existing[tag] for tag in group.step.settings.remove if tag in existing]
            if add or remove:
                await contacts.tag(
                    context.tx,
                    context.workspace_id,
                    sorted({run.member_id for run in group.runs}),
                    add,
                    remove,
                    source=context.source,
                    actor="system",
                    now=context.now,
                )
        return [{} for _ in groups]

    def decide(self, _salt: str, runs: Sequence[Run], _answers: Answers, _now: datetime) -> StepOutcome:
        """Everybody goes on."""
        return StepOutcome(left={DONE: list(runs)})

    def rehearse(self, _run: Run, rehearsal: Rehearsal) -> DryAnswer:
        """The tags would be on the member's timeline."""
        tagged = [Assumed("tagged", rehearsal.now, {"tag": tag}) for tag in self.add]
        untagged = [Assumed("untagged", rehearsal.now, {"tag": tag}) for tag in self.remove]
        return DryAnswer(facts=(*tagged, *untagged))
