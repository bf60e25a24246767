import type { Locale } from "./i18n";
import type { Tones } from "./tokens";

/** What a chart is given, and what its look depends on. */
export type Unit = "number" | "money" | "percent" | "ratio";

export interface Series {
  name: string;
  /** One value per x; null leaves a gap. Money in fen, percent as a share. */
  data: (number | null)[];
}

export type ChartKind = "line" | "area" | "bar" | "stacked" | "hbar" | "funnel" | "heatmap" | "sankey" | "forest";

export interface ChartData {
  kind: ChartKind;
  x: string[];
  series: Series[];
  unit?: Unit;
}

export interface Look {
  tones: Tones;
  dark: boolean;
  locale: Locale;
  label: string;
  /** Of the canvas, in CSS pixels. */
  height: number;
  /** Too narrow for figures beside the drawing. */
  narrow: boolean;
}

export type Bag = Record<string, unknown>;
