"""Send: plan a message; the run goes on as soon as it is known whether it will be sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator

from siyu.channels.catalogue import ADAPTERS, CHANNEL_LABELS
from siyu.channels.messages.actions.plan import Intent, plan
from siyu.channels.policy.rules import PURPOSES
from siyu.journeys.steps import queries as references
from siyu.journeys.steps.names import NOTHING_CHOSEN, Names
from siyu.journeys.steps.rehearsal import Assumed, DryAnswer, MessageSettings, Rehearsal
from siyu.journeys.steps.step import Answers, Exit, References, Run, RunGroup, StepContext, StepKind, StepOutcome
from siyu.kit.config import Setting
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText, joined

SENT, WITHHELD, FAILED = "sent", "withheld", "failed"
HELD = {
    "defer": LocalizedText("推迟到允许时再发", "Send later, when it is allowed"),
    "drop": LocalizedText("放弃这一条", "Drop this message"),
}
HELD_FAULT = LocalizedText("只能推迟或放弃", "defer or drop")


class SendStep(StepKind):
    """Send a message by template."""

    kind: ClassVar[str] = "send"
    label: ClassVar[LocalizedText] = LocalizedText("发送", "Send")
    help: ClassVar[LocalizedText] = LocalizedText(
        "按模板给客户发一条消息；超过疲劳度或在免打扰时段时，按步骤的设置推迟或放弃",
        "Send a message by template; over a cap or in quiet hours it is deferred or dropped, as the step says",
    )
    icon: ClassVar[str] = "send"
    joins_exits: ClassVar[bool] = True
    start: ClassVar[Mapping[str, Any]] = {"channel": next(iter(ADAPTERS)), "template": ""}
    fixed_exits: ClassVar[tuple[Exit, ...]] = (
        Exit(SENT, LocalizedText("已发出", "sent"), LocalizedText("安排发送", "A message is planned")),
        Exit(WITHHELD, LocalizedText("被拦下", "withheld"), LocalizedText("消息不会发送", "The message is withheld")),
        Exit(FAILED, LocalizedText("发送失败", "failed"), LocalizedText("发送失败", "The message fails")),
    )

    channel: Annotated[
        str,
        Setting(
            LocalizedText("渠道", "Channel"), fault=LocalizedText("请选择渠道", "choose a channel"), format="channel"
        ),
    ] = ""
    template: Annotated[
        str,
        BeforeValidator(lambda value: str(value) if type(value) is int else value),
        Setting(
            LocalizedText("模板", "Template"),
            fault=LocalizedText("请选择内容模板", "choose a template"),
            format="template",
            of="channel",
        ),
    ] = ""
    purpose: Annotated[
        str,
        Setting(
            LocalizedText("用途", "Purpose"),
            fault=LocalizedText("没有这种用途", "no such purpose"),
            expected=" | ".join(PURPOSES),
            options={name: purpose.label for name, purpose in PURPOSES.items()},
        ),
    ] = "marketing"
    on_quiet: Annotated[
        Literal["defer", "drop"],
        Setting(
            LocalizedText("遇到免打扰时段", "In quiet hours"), fault=HELD_FAULT, expected="defer | drop", options=HELD
        ),
    ] = "defer"
    on_cap: Annotated[
        Literal["defer", "drop"],
        Setting(
            LocalizedText("超过疲劳度上限", "Over the frequency cap"),
            fault=HELD_FAULT,
            expected="defer | drop",
            options=HELD,
            only_with={"purpose": "marketing"},
        ),
    ] = "defer"

    def summary(self, names: Names) -> LocalizedText:
        """On which channel, with which template."""
        channel = CHANNEL_LABELS.get(self.channel) or NOTHING_CHOSEN
        return joined((channel, names.template(self.template)), " · ", " · ")

    def check(self, path: str, references: References) -> list[Fault]:
        """A channel that exists, a live template of it, a purpose we know."""
        faults: list[Fault] = []
        if self.channel not in references.channels:
            faults.append(self.fault(path, "channel", expected=" | ".join(sorted(references.channels))))
        if not self.template:
            faults.append(self.fault(path, "template"))
        elif self.template not in references.templates:
            missing = LocalizedText("没有这个内容模板", "there is no such template")
            faults.append(self.fault(path, "template", missing))
        elif references.templates[self.template] != self.channel:
            other = LocalizedText("该模板不属于所选渠道", "the template is for another channel")
            faults.append(self.fault(path, "template", other))
        return faults if self.purpose in PURPOSES else [*faults, self.fault(path, "purpose")]

    @classmethod
    async def apply(cls, context: StepContext, groups: Sequence[RunGroup[Self]]) -> Sequence[Answers]:
        """Plan every group's messages in one call; the intent key makes a second planning a no-op."""
        names = {group.step.settings.template for group in groups}
        templates = await references.template_ids(context.tx, context.workspace_id, names)
        owners: dict[str, tuple[int, int]] = {}
        intents: list[Intent] = []
        answers: list[dict[str, set[int]]] = [{SENT: set(), WITHHELD: set(), FAILED: set()} for _ in groups]
        for place, group in enumerate(groups):
            template_id = templates.get(group.step.settings.template)
            if template_id is None:
                answers[place][FAILED].update(run.id for run in group.runs)
                continue
            for run in group.runs:
                intent = group.step.settings._intent(context, group, run, template_id)
                owners[intent.intent_key] = (place, run.id)
                intents.append(intent)
        for planned in await plan(context.tx, intents, context.now) if intents else ():
            place, run_id = owners[planned.intent_key]
            answers[place][planned.state if planned.state in (WITHHELD, FAILED) else SENT].add(run_id)
        return answers

    def _intent(self, context: StepContext, group: RunGroup[Self], run: Run, template_id: int) -> Intent:
        return Intent(
            workspace_id=context.workspace_id,
            intent_key=intent_key(context.journey_id, group.version, group.step.id, run),
            member_id=run.member_id,
            channel=self.channel,
            template_id=template_id,
            purpose=self.purpose,
            source=context.source,
            origin={
                "journey_id": context.journey_id,
                "version": group.version,
                "step": group.step.id,
                "entry": run.entry,
            },
            on_cap=self.on_cap,
            on_quiet=self.on_quiet,
            values={},
        )

    def decide(self, _salt: str, runs: Sequence[Run], answers: Answers, _now: datetime) -> StepOutcome:
        """By what became of the message."""
        outcome = StepOutcome()
        for run in runs:
            exit = next((exit for exit in (WITHHELD, FAILED) if run.id in answers[exit]), SENT)
            outcome.left.setdefault(exit, []).append(run)
        return outcome

    def message(self) -> MessageSettings:
        """The message it sends."""
        return MessageSettings(self.channel, self.template, self.purpose, self.on_cap, self.on_quiet)

    def rehearse(self, run: Run, rehearsal: Rehearsal) -> DryAnswer:
        """Planned or withheld, as the brand's policy would have it."""
        message = rehearsal.plan(self.message())
        exit, fact = (WITHHELD, "message_withheld") if message.state == "withheld" else (SENT, "message_queued")
        answers = {key: frozenset({run.id} if key == exit else ()) for key in (SENT, WITHHELD, FAILED)}
        return DryAnswer(answers, message, (Assumed(fact, rehearsal.now, {"channel": self.channel}),))


def intent_key(journey_id: int, version: int, node: str, run: Run) -> str:
    """One message per journey version, step, entry and member; each lap of a loop is one of its own."""
    lap = (run.loop_counts or {}).get(node, 0)
    return f"journey:{journey_id}:{version}:{node}:{run.entry}:{run.member_id}" + (f":lap{lap}" if lap else "")
