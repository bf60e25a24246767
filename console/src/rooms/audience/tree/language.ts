/** What the server offers for conditions (GET /audience-language), in the form the editor and the sentences use. */
import type { LocalizedText, Choice, Locale } from "@/ui";

export type Text = LocalizedText;
export type Lang = Locale;

export type ValueType = "text" | "number" | "money" | "boolean" | "time" | "date" | "choice" | "list";

/** A profile field or a property of a fact. */
export interface Prop {
  name: string;
  label: Text;
  type: ValueType;
  operators: string[];
  choices: Choice[];
}

export interface FactKind {
  name: string;
  label: Text;
  group: Text | null;
  props: Prop[];
}

export interface Language {
  /** Condition keys the server understands now, e.g. did, profile, tag. */
  kinds: string[];
  facts: FactKind[];
  fields: Prop[];
  tags: Choice[];
  stages: Choice[];
  channels: Choice[];
  audiences: Choice[];
  journeys: Choice[];
  campaigns: Choice[];
  /** Calendar windows such as today and this_month. */
  calendars: string[];
}

export const KIND_TEXT: Record<string, Text> = {
  did: { zh: "做过 / 没做过", en: "Did / did not" },
  profile: { zh: "客户属性", en: "Profile" },
  tag: { zh: "标签", en: "Tags" },
  sequence: { zh: "先后行为", en: "Sequence" },
  rfm: { zh: "RFM 分层", en: "RFM" },
  stage: { zh: "生命周期", en: "Lifecycle stage" },
  audience: { zh: "已有人群", en: "Another audience" },
  consent: { zh: "授权状态", en: "Consent" },
  reachable: { zh: "可触达", en: "Reachable" },
  group: { zh: "客户群", en: "Customer group" },
  journey: { zh: "旅程", en: "Journey" },
  campaign: { zh: "活动", en: "Campaign" },
  order: { zh: "订单", en: "Orders" },
  sample: { zh: "随机抽样", en: "Random sample" },
  top: { zh: "排名前 N", en: "Top N" },
};

export const OPERATOR_TEXT: Record<string, Text> = {
  is: { zh: "是", en: "is" },
  is_not: { zh: "不是", en: "is not" },
  in: { zh: "是其中之一", en: "is any of" },
  not_in: { zh: "不在其中", en: "is none of" },
  contains: { zh: "包含", en: "contains" },
  starts_with: { zh: "开头是", en: "starts with" },
  ">": { zh: "大于", en: "over" },
  ">=": { zh: "不少于", en: "at least" },
  "<": { zh: "小于", en: "under" },
  "<=": { zh: "不超过", en: "at most" },
  between: { zh: "介于", en: "between" },
  exists: { zh: "是否已填", en: "is filled" },
  before: { zh: "早于", en: "before" },
  after: { zh: "晚于", en: "after" },
  anniversary_within: { zh: "周年日临近", en: "anniversary within" },
};

const OPERATORS: Record<ValueType, string[]> = {
  text: ["is", "is_not", "in", "not_in", "contains", "starts_with", "exists"],
  choice: ["in", "not_in", "is", "is_not", "exists"],
  number: [">=", "<=", ">", "<", "is", "is_not", "between", "exists"],
  money: [">=", "<=", ">", "<", "is", "between", "exists"],
  boolean: ["is", "exists"],
  date: ["after", "before", "between", "is", "anniversary_within", "exists"],
  time: ["after", "before", "between", "anniversary_within", "exists"],
  list: ["contains", "in", "not_in", "exists"],
};

export function operatorsFor(type: ValueType): string[] {
  return OPERATORS[type];
}

export const CALENDAR_TEXT: Record<string, Text> = {
  today: { zh: "今天", en: "today" },
  yesterday: { zh: "昨天", en: "yesterday" },
  this_week: { zh: "本周", en: "this week" },
  last_week: { zh: "上周", en: "last week" },
  this_month: { zh: "本月", en: "this month" },
  last_month: { zh: "上月", en: "last month" },
  this_quarter: { zh: "本季度", en: "this quarter" },
  this_year: { zh: "今年", en: "this year" },
  last_year: { zh: "去年", en: "last year" },
};

export function factOf(language: Language, name: unknown): FactKind | undefined {
  return language.facts.find((fact) => fact.name === name);
}

export function labelIn(choices: readonly Choice[], value: unknown, lang: Lang): string {
  return choices.find((choice) => choice.value === value)?.label[lang] ?? String(value);
}
