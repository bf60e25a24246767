/** A tree as a sentence an operator would say, in Chinese and in English. */
import { CALENDAR_TEXT, KIND_TEXT, OPERATOR_TEXT, factOf, labelIn, type Lang, type Language, type Prop } from "./language";
import { agoWords, dateWords, readSpan, spanWords } from "./moment";
import { isObject, type Condition, type Group, type Item } from "./tree";

type Loose = Record<string, unknown>;

const COUNT_WORDS: Record<string, [string, string]> = {
  ">=": ["至少", "at least"],
  ">": ["超过", "more than"],
  "<=": ["最多", "at most"],
  "<": ["少于", "fewer than"],
  is: ["正好", "exactly"],
  is_not: ["不等于", "not exactly"],
};

function money(fen: unknown, lang: Lang): string {
  const yuan = Number(fen) / 100;
  return `¥${yuan.toLocaleString(lang === "zh" ? "zh-CN" : "en-US", { maximumFractionDigits: 2 })}`;
}

function plain(value: unknown): string {
  return typeof value === "number" ? value.toLocaleString("en-US") : String(value ?? "…");
}

/** One value as said for a property of this type. */
export function valueWords(value: unknown, prop: Prop | undefined, lang: Lang): string {
  const zh = lang === "zh";
  if (Array.isArray(value)) return value.map((one) => valueWords(one, prop, lang)).join(zh ? "、" : ", ");
  if (value === undefined || value === null || value === "") return "…";
  if (typeof value === "boolean") return zh ? (value ? "是" : "否") : value ? "yes" : "no";
  if (prop?.type === "money") return money(value, lang);
  if (prop?.choices.length) return labelIn(prop.choices, value, lang);
  const span = readSpan(value);
  if (span) return spanWords(span, lang);
  if (prop?.type === "date" || prop?.type === "time") return dateWords(value);
  return plain(value);
}

/** The first operator of a body such as {field, ">=": 3}, and its value. */
export function operatorOf(body: Loose, skip: readonly string[] = ["field", "prop"]): [string, unknown] | undefined {
  return Object.entries(body).find(([key]) => !skip.includes(key));
}

function momentWords(op: string, value: unknown, lang: Lang): string {
  const span = typeof value === "string" && value.startsWith("-") ? readSpan(value) : undefined;
  if (span) {
    const words = spanWords(span, lang);
    if (lang === "zh") return op === "before" ? `在 ${words}以前` : `在 ${words}以内`;
    return op === "before" ? `more than ${words} ago` : `in the last ${words}`;
  }
  if (lang === "zh") return `${op === "before" ? "早于" : "晚于"} ${dateWords(value)}`;
  return `${op} ${dateWords(value)}`;
}

/** "金额 不少于 ¥500" for a property, its operator and its value. */
export function testWords(body: Loose, prop: Prop | undefined, lang: Lang): string {
  const zh = lang === "zh";
  const name = prop?.label[lang] ?? String(body.prop ?? body.field ?? "…");
  const [op, value] = operatorOf(body) ?? ["is", undefined];
  if (op === "exists") return zh ? `${name}${value === false ? "未填写" : "已填写"}` : `${name} is ${value === false ? "empty" : "filled"}`;
  if (op === "before" || op === "after") return `${name}${zh ? "" : " "}${momentWords(op, value, lang)}`;
  if (op === "anniversary_within") {
    const span = valueWords(value, undefined, lang);
    return zh ? `${name}的周年日在 ${span}内` : `the anniversary of ${name} is within ${span}`;
  }
  if (op === "between" && Array.isArray(value)) {
    const [low, high] = value.map((one) => valueWords(one, prop, lang));
    return zh ? `${name}在 ${low ?? "…"} 到 ${high ?? "…"} 之间` : `${name} is between ${low ?? "…"} and ${high ?? "…"}`;
  }
  const word = OPERATOR_TEXT[op]?.[lang] ?? op;
  return zh ? `${name}${word} ${valueWords(value, prop, lang)}` : `${name} ${word} ${valueWords(value, prop, lang)}`;
}

function windowWords(body: Loose, lang: Lang): string {
  const zh = lang === "zh";
  const within = body.within;
  if (typeof within === "string") {
    const calendar = CALENDAR_TEXT[within];
    if (calendar) return calendar[lang];
    const span = readSpan(within);
    if (span) return zh ? `过去 ${spanWords(span, lang)}内` : `in the last ${spanWords(span, lang)}`;
  }
  if (Array.isArray(body.between)) {
    const [from, to] = body.between.map((moment) => agoWords(moment, lang) ?? dateWords(moment));
    return zh ? `${from ?? "…"} 至 ${to ?? "…"}` : `from ${from ?? "…"} to ${to ?? "…"}`;
  }
  if (body.since !== undefined) return zh ? `自 ${dateWords(body.since)} 起` : `since ${dateWords(body.since)}`;
  return "";
}

export function countWords(body: unknown, lang: Lang): string {
  if (!isObject(body)) return "";
  const [op, value] = operatorOf(body) ?? ["", undefined];
  if (op === "between" && Array.isArray(value)) return lang === "zh" ? `${plain(value[0])} 到 ${plain(value[1])}` : `${plain(value[0])} to ${plain(value[1])}`;
  const words = COUNT_WORDS[op];
  return words ? `${lang === "zh" ? words[0] : words[1]} ${plain(value)}` : "";
}

function didParts(body: Loose, language: Language, lang: Lang): string[] {
  const zh = lang === "zh";
  const props = factOf(language, body.fact)?.props ?? [];
  const prop = (name: unknown): Prop | undefined => props.find((one) => one.name === name);
  const parts: string[] = [];
  if (isObject(body.count)) {
    const never = body.count.is === 0;
    parts.push(never ? (zh ? "一次也没有" : "never") : zh ? `${countWords(body.count, lang)} 次` : `${countWords(body.count, lang)} times`);
  }
  if (isObject(body.sum)) {
    const test = testWords(body.sum, prop(body.sum.prop), lang);
    parts.push(zh ? `${test.replace(/ ?(不少于|大于|不超过|小于|是|在)/, "合计$1")}` : `total ${test}`);
  }
  if (isObject(body.distinct)) {
    const name = prop(body.distinct.prop)?.label[lang] ?? String(body.distinct.prop ?? "…");
    parts.push(zh ? `${countWords(body.distinct, lang)} 种${name}` : `${countWords(body.distinct, lang)} different ${name}`);
  }
  for (const end of ["first", "last"] as const) {
    const when = body[end];
    if (!isObject(when)) continue;
    const [op, value] = operatorOf(when) ?? ["after", undefined];
    const lead = zh ? (end === "first" ? "首次" : "最近一次") : end === "first" ? "the first" : "the latest";
    parts.push(`${lead}${zh ? "" : " "}${momentWords(op, value, lang)}`);
  }
  if (Array.isArray(body.where) && body.where.length) {
    const tests = body.where.filter(isObject).map((test) => testWords(test, prop(test.prop), lang));
    parts.push(zh ? `且${tests.join("、")}` : `where ${tests.join(" and ")}`);
  }
  return parts;
}

export function didWords(body: unknown, language: Language, lang: Lang, negated = false): string {
  const loose = isObject(body) ? body : {};
  const zh = lang === "zh";
  const fact = factOf(language, loose.fact)?.label[lang] ?? (loose.fact ? String(loose.fact) : "…");
  const window = windowWords(loose, lang);
  const parts = didParts(loose, language, lang);
  if (zh) return [`${window}${negated ? "没有" : ""}${fact}`, ...parts].join("，");
  return `${negated ? "did not: " : ""}${[fact, ...parts].join(", ")}${window ? ` ${window}` : ""}`;
}

function choiceWords(values: unknown, choices: Language["tags"], lang: Lang): string {
  const list = Array.isArray(values) ? values : values === undefined || values === "" ? [] : [values];
  return list.length ? list.map((one) => labelIn(choices, one, lang)).join(lang === "zh" ? "、" : ", ") : "…";
}

/** The fact behind an order condition. */
export const ORDER = "order_paid";

export const JOURNEY_DID: Record<string, { zh: string; en: string }> = {
  entered: { zh: "进入旅程", en: "entered journey" },
  exited: { zh: "离开旅程", en: "left journey" },
  goal: { zh: "达成旅程目标", en: "reached the goal of journey" },
};

export const CAMPAIGN_DID: Record<string, { zh: string; en: string }> = {
  sent: { zh: "收到活动", en: "was sent campaign" },
  redeemed: { zh: "核销活动券", en: "redeemed a coupon of campaign" },
};

export const GROUP_DID: Record<string, { zh: string; en: string }> = {
  in: { zh: "现在在客户群", en: "is in customer group" },
  joined: { zh: "加入客户群", en: "joined customer group" },
  left: { zh: "退出客户群", en: "left customer group" },
};

function namedWords(body: unknown, did: typeof JOURNEY_DID, names: Language["tags"], first: string, lang: Lang): string {
  const loose = isObject(body) ? body : {};
  const zh = lang === "zh";
  const verb = did[String(loose.did ?? first)]?.[lang] ?? "";
  const name = loose.name === undefined ? (zh ? "（任一）" : " (any)") : `${zh ? "「" : " “"}${labelIn(names, loose.name, lang)}${zh ? "」" : "”"}`;
  const count = isObject(loose.count) ? (zh ? `，${countWords(loose.count, lang)} 次` : `, ${countWords(loose.count, lang)} times`) : "";
  const window = windowWords(loose, lang);
  return zh ? `${window}${verb}${name}${count}` : `${verb}${name}${count}${window ? ` ${window}` : ""}`;
}

/** The server's states of consent, said of a channel. */
const CONSENT_SAID: Record<string, [string, string]> = {
  given: ["已同意接收", "opted in to"],
  withdrawn: ["已退订", "opted out of"],
  unknown: ["未表态是否接收", "never said yes or no to"],
};

type Teller = (body: unknown, language: Language, lang: Lang) => string;

const TELLERS: Record<string, Teller> = {
  profile: (body, language, lang) => {
    const loose = isObject(body) ? body : {};
    return testWords(loose, language.fields.find((field) => field.name === loose.field), lang);
  },
  tag: (body, language, lang) => {
    const [how, tags] = Object.entries(isObject(body) ? body : {})[0] ?? ["any", []];
    const words: Record<string, [string, string]> = { any: ["有任一标签", "has any tag of"], all: ["同时有标签", "has all tags"], none: ["没有标签", "has no tag of"] };
    const lead = words[how] ?? ["标签", "tags"];
    return `${lang === "zh" ? lead[0] : lead[1]} ${choiceWords(tags, language.tags, lang)}`;
  },
  stage: (body, language, lang) => `${lang === "zh" ? "生命周期为" : "stage is"} ${choiceWords(body, language.stages, lang)}`,
  audience: (body, language, lang) => `${lang === "zh" ? "在人群" : "in audience"} ${choiceWords(body, language.audiences, lang)}`,
  reachable: (body, language, lang) => {
    const channel = choiceWords(isObject(body) ? body.channel : body, language.channels, lang);
    return lang === "zh" ? `可通过${channel}触达` : `reachable on ${channel}`;
  },
  consent: (body, language, lang) => {
    const loose = isObject(body) ? body : {};
    const [zh, en] = CONSENT_SAID[String(loose.state ?? "given")] ?? [String(loose.state), String(loose.state)];
    const channel = choiceWords(loose.channel, language.channels, lang);
    return lang === "zh" ? `${zh}${channel}消息` : `${en} ${channel}`;
  },
  rfm: (body, _language, lang) => {
    const loose = isObject(body) ? body : {};
    const parts = ["r", "f", "m"].filter((axis) => Array.isArray(loose[axis])).map((axis) => `${axis.toUpperCase()} ${(loose[axis] as unknown[]).join("/")}`);
    return `${lang === "zh" ? "RFM 分数为" : "RFM score"} ${parts.join(lang === "zh" ? "，" : ", ") || "…"}`;
  },
  sample: (body, _language, lang) => {
    const percent = plain(isObject(body) ? body.percent : undefined);
    return lang === "zh" ? `随机抽取 ${percent}%` : `a random ${percent}%`;
  },
  top: (body, language, lang) => {
    const loose = isObject(body) ? body : {};
    const by = isObject(loose.by) ? didWords(loose.by.did ?? loose.by, language, lang) : "…";
    return lang === "zh" ? `按「${by}」排名前 ${plain(loose.n)} 人` : `top ${plain(loose.n)} by ${by}`;
  },
  order: (body, language, lang) => didWords({ ...(isObject(body) ? body : {}), fact: ORDER }, language, lang),
  journey: (body, language, lang) => namedWords(body, JOURNEY_DID, language.journeys, "entered", lang),
  group: (body, _language, lang) => namedWords(body, GROUP_DID, [], "in", lang),
  campaign: (body, language, lang) => namedWords(body, CAMPAIGN_DID, language.campaigns, "sent", lang),
  sequence: (body, language, lang) => {
    const loose = isObject(body) ? body : {};
    const steps = Array.isArray(loose.steps) ? loose.steps.map((step: unknown) => didWords(isObject(step) && isObject(step.did) ? step.did : step, language, lang)) : [];
    const span = readSpan(loose.within);
    const within = span ? (lang === "zh" ? `，${spanWords(span, lang)}内完成` : `, within ${spanWords(span, lang)}`) : "";
    return `${lang === "zh" ? "依次" : "in turn"} ${steps.join(" → ") || "…"}${within}`;
  },
};

export function conditionWords(item: Condition, language: Language, lang: Lang): string {
  if (item.type === "did") return didWords(item.body, language, lang, item.negated);
  const teller = TELLERS[item.type];
  const said = teller ? teller(item.body, language, lang) : (KIND_TEXT[item.type]?.[lang] ?? item.type);
  if (!item.negated) return said;
  return lang === "zh" ? `不满足「${said}」` : `not (${said})`;
}

const JOIN: Record<Group["mode"], [string, string]> = {
  all: ["，并且", ", and "],
  any: ["，或者", ", or "],
  none: ["，也不", ", nor "],
  not_all: ["，并且", ", and "],
};

/** The whole tree as one sentence. An empty group means everybody. */
export function sentence(item: Item, language: Language, lang: Lang, nested = false): string {
  const zh = lang === "zh";
  if (item.kind === "condition") return conditionWords(item, language, lang);
  if (item.children.length === 0) return zh ? "全部客户" : "every member";
  const said = item.children.map((child) => sentence(child, language, lang, true)).join(JOIN[item.mode][zh ? 0 : 1]);
  const lead = { all: "", any: "", none: zh ? "既不" : "neither ", not_all: zh ? "并非同时" : "not all of " }[item.mode];
  const whole = `${lead}${said}`;
  return nested && item.children.length > 1 ? (zh ? `（${whole}）` : `(${whole})`) : whole;
}
