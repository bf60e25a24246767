/** Colours as "#RRGGBB", and the text that is legible on them (WCAG 2: a contrast of 4.5). */

const LEGIBLE = 4.5;
const WHITE = "#FFFFFF";
const BLACK = "#000000";

const channels = (colour: string): number[] => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

/** The colour `share` of the way from one to another. */
export function mixed(from: string, to: string, share: number): string {
  const target = channels(to);
  return `#${channels(from).map((value, index) => Math.round(value + ((target[index] ?? 0) - value) * share).toString(16).padStart(2, "0")).join("")}`;
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(colour: string, two: string): number {
  const [light = 0, dark = 0] = [luminance(colour), luminance(two)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** The usual ink where it is legible on `ground`, else white, else black: one of them always is. */
export function textOn(ground: string, ink: string): string {
  return [ink, WHITE].find((colour) => contrast(colour, ground) >= LEGIBLE) ?? BLACK;
}
