export type Locale = "zh" | "en";

const WORDS = {
  title: ["消息设置", "Message settings"],
  of: ["{brand} 的消息设置", "Messages from {brand}"],
  lead: ["想收哪些，由你决定。关掉之后，我们不会再从那里给你发消息。", "You decide. Once something is off, we no longer write to you there."],
  channels: ["接收渠道", "Where we may write to you"],
  on: ["接收", "On"],
  off: ["不接收", "Off"],
  allOff: ["全部退订", "Turn everything off"],
  allOffDone: ["已全部退订", "Everything is off"],
  allOffHint: ["从现在起，我们不会再主动给你发消息。", "From now on we will not write to you."],
  undo: ["恢复刚才的设置", "Undo"],
  saved: ["已保存", "Saved"],
  failed: ["没有保存成功，请检查网络后再试一次。", "That was not saved. Check the network and try again."],
  unreachable: ["暂时打不开", "This cannot be opened right now"],
  unreachableHint: ["请稍后再试。", "Please try again in a moment."],
  retry: ["重试", "Try again"],
  loading: ["加载中", "Loading"],
  language: ["English", "中文"],
  notFound: ["没有这个页面", "There is no such page"],
} satisfies Record<string, [zh: string, en: string]>;

export type Word = keyof typeof WORDS;

export function say(locale: Locale, word: Word, values: Record<string, string> = {}): string {
  const text = WORDS[word][locale === "zh" ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (whole: string, key: string) => values[key] ?? whole);
}

/** The member's own choice, else the phone's language. */
export function firstLocale(): Locale {
  const kept = localStorage.getItem("siyu.pages.locale");
  if (kept === "zh" || kept === "en") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}
