/** A step, an exit and a trigger in the operator's words. */
import type { Locale, Translate } from "@/ui";
import { factOf, fromTree, labelIn, secondsWords, sentence, type Language } from "@/rooms/audience/tree";
import type { Template } from "@/rooms/content/data";
import { exitsOf, type Graph, type Step, type Trigger } from "./graph";
import type { journeyWords } from "./words";

export interface Describer {
  t: Translate<typeof journeyWords>;
  locale: Locale;
  language: Language | undefined;
  templates: Template[];
}

export function templateName(describer: Describer, name: unknown): string {
  const found = describer.templates.find((template) => template.name === name || String(template.id) === String(name));
  return found ? found.name : name ? String(name) : describer.t("noTemplate");
}

export function channelName(describer: Describer, channel: unknown): string {
  return describer.language ? labelIn(describer.language.channels, channel, describer.locale) : String(channel ?? "");
}

export function factName(describer: Describer, fact: unknown): string {
  const known = describer.language ? factOf(describer.language, fact) : undefined;
  return known ? known.label[describer.locale] : fact ? String(fact) : "…";
}

function tagsLine(describer: Describer, step: Step): string {
  const name = (tag: string): string => (describer.language ? labelIn(describer.language.tags, tag, describer.locale) : tag);
  return [...(step.add ?? []).map((tag) => `+ ${name(tag)}`), ...(step.remove ?? []).map((tag) => `− ${name(tag)}`)].join("  ") || "…";
}

/** The line under a step's title: what exactly it does. */
export function stepLine(step: Step, describer: Describer): string {
  const { t, locale } = describer;
  switch (step.kind) {
    case "send":
      return `${channelName(describer, step.channel)} · ${templateName(describer, step.template)}`;
    case "wait":
      return waitLine(step, describer);
    case "wait_until": {
      const limit = secondsWords(Number(step.timeout ?? 0), locale);
      return locale === "zh" ? `${factName(describer, step.fact)}，最多等 ${limit}` : `${factName(describer, step.fact)}, at most ${limit}`;
    }
    case "branch":
      return (step.branches ?? []).map((branch, index) => branch.label || t("branchN", { n: index + 1 })).join(" / ");
    case "split":
      return (step.arms ?? []).map((arm) => `${arm.label || arm.key} ${arm.share}%`).join(" · ");
    case "tag":
      return tagsLine(describer, step);
    case "exit":
      return step.reason ?? "";
  }
}

function waitLine(step: Step, describer: Describer): string {
  const { t, locale } = describer;
  const at = step.until;
  if (!at) return secondsWords(Number(step.seconds ?? 0), locale);
  const days = Number(step.days ?? 0);
  if (locale === "zh") return `${days > 0 ? `${days} 天后的 ` : ""}${at}（${t("waitLocal")}）`;
  return `${days > 0 ? `${days} days later at ` : ""}${at} (${t("waitLocal")})`;
}

export function stepTitle(step: Step, describer: Describer): string {
  return step.label?.trim() ? step.label : describer.t(`${step.kind}Step`);
}

/** The name of one exit of a step. */
export function exitName(step: Step, exit: string, describer: Describer): string {
  const { t } = describer;
  if (step.kind === "branch" && exit !== "else") {
    const index = (step.branches ?? []).findIndex((branch) => branch.key === exit);
    return step.branches?.[index]?.label || t("branchN", { n: index + 1 });
  }
  if (step.kind === "split") {
    const arm = step.arms?.find((one) => one.key === exit);
    return arm ? `${arm.label || arm.key} ${arm.share}%` : exit;
  }
  const known = ["sent", "withheld", "failed", "done", "happened", "timeout", "else"] as const;
  const key = known.find((one) => one === exit);
  return key ? t(key) : exit;
}

/** The label of a line: nothing when the step has one way on, else the exits it carries. */
export function wayName(step: Step, exits: string[], describer: Describer): string {
  if (exits.length === exitsOf(step).length) return "";
  return exits.map((exit) => exitName(step, exit, describer)).join(describer.locale === "zh" ? "、" : ", ");
}

export function triggerLine(trigger: Trigger, describer: Describer): string {
  const { t, locale } = describer;
  switch (trigger.kind) {
    case "audience":
      if (!trigger.audience) return t("pickAudience");
      return [t("triggerAudience"), describer.language ? labelIn(describer.language.audiences, trigger.audience, locale) : trigger.audience, ...(trigger.existing ? [t("triggerExistingShort")] : [])].join(" · ");
    case "fact":
      return `${t("triggerFact")} · ${factName(describer, trigger.fact)}`;
    case "schedule":
      return `${scheduleLine(trigger, describer)} · ${describer.language ? labelIn(describer.language.audiences, trigger.audience, locale) : String(trigger.audience ?? "")}`;
    case "manual":
      return t("triggerManual");
  }
}

export const DAYS = [
  { zh: "周一", en: "Monday" },
  { zh: "周二", en: "Tuesday" },
  { zh: "周三", en: "Wednesday" },
  { zh: "周四", en: "Thursday" },
  { zh: "周五", en: "Friday" },
  { zh: "周六", en: "Saturday" },
  { zh: "周日", en: "Sunday" },
];

function scheduleLine(trigger: Trigger, describer: Describer): string {
  const { t, locale } = describer;
  if (trigger.date !== undefined) return `${trigger.date} ${trigger.at ?? ""}`;
  const days = trigger.days?.map((day) => DAYS[day - 1]?.[locale] ?? "").join(locale === "zh" ? "、" : ", ");
  return `${days ?? t("daily")} ${trigger.at ?? ""}`;
}

export function treeLine(tree: unknown, describer: Describer): string {
  return describer.language ? sentence(fromTree(tree as Parameters<typeof fromTree>[0]), describer.language, describer.locale) : "";
}

/** Steps in reading order with their numbers, for texts that point at a step. */
export function numbered(graph: Graph, order: string[]): Map<string, number> {
  return new Map(order.filter((id) => graph.nodes[id]).map((id, index) => [id, index + 1]));
}
