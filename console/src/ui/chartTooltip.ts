import type { Bag, Look } from "./chartTypes";

/** What every tooltip of a chart shares. Rich text and never HTML: a tag or a product may be called `<img onerror=…>`. */
export const tooltipBase = (look: Look): Bag => ({
  renderMode: "richText", confine: true, backgroundColor: look.tones.raised, borderColor: look.tones.line, textStyle: { color: look.tones.ink },
});
