/** The design tokens, light and dark. Text tones are chosen for a contrast of at least 4.5 on canvas and surface. */

export interface Tones {
  jade: string;
  /** Jade deep enough for text and for white text on it. */
  jadeText: string;
  jadeSolid: string;
  jadeSoft: string;
  warning: string;
  warningText: string;
  warningSoft: string;
  danger: string;
  dangerText: string;
  dangerSoft: string;
  blueText: string;
  blueSoft: string;
  ink: string;
  muted: string;
  canvas: string;
  surface: string;
  raised: string;
  line: string;
  fill: string;
}

export const LIGHT: Tones = {
  jade: "#0F8B6D",
  jadeText: "#0A7459",
  jadeSolid: "#0C7D62",
  jadeSoft: "#E6F3EE",
  warning: "#D98A00",
  warningText: "#855400",
  warningSoft: "#FCF3E0",
  danger: "#C8372D",
  dangerText: "#B3291F",
  dangerSoft: "#FBEBE9",
  blueText: "#24598F",
  blueSoft: "#E8F0F8",
  ink: "#17211D",
  muted: "#57635D",
  canvas: "#F7F8F6",
  surface: "#FFFFFF",
  raised: "#FFFFFF",
  line: "#E4E8E4",
  fill: "#F0F3F0",
};

export const DARK: Tones = {
  jade: "#2FB390",
  jadeText: "#4CC9A6",
  jadeSolid: "#0C7D62",
  jadeSoft: "#14332A",
  warning: "#E3A33A",
  warningText: "#EDB65A",
  warningSoft: "#38290D",
  danger: "#E2655C",
  dangerText: "#F08B83",
  dangerSoft: "#3D1B18",
  blueText: "#8DB9E6",
  blueSoft: "#172A3D",
  ink: "#E7ECE9",
  muted: "#9EABA5",
  canvas: "#101513",
  surface: "#171D1A",
  raised: "#1E2622",
  line: "#2B3430",
  fill: "#202825",
};

/** Six colours that stay apart for colour-blind eyes (after Okabe and Ito), jade first. */
export const CHART_LIGHT = ["#0F8B6D", "#D98A00", "#2F6DB5", "#B84A8C", "#6B7C2E", "#7A5C3E"] as const;
export const CHART_DARK = ["#2FB390", "#E3A33A", "#6AA5E8", "#DC86B8", "#A9BC5E", "#C09C76"] as const;

/** Below this width a page is laid out for a phone, in CSS pixels. */
export const PHONE_PX = 768;

export const FONT =
  '-apple-system, BlinkMacSystemFont, "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "Segoe UI", Roboto, sans-serif';
