interface Props {
  values: (number | null)[];
  width?: number;
  height?: number;
  /** Read aloud; a spark line beside its figure needs none. */
  label?: string;
}

/** A line the size of a word, drawn as plain SVG. */
export function Spark({ values, width = 96, height = 28, label }: Props) {
  const points = values.map((value, index) => ({ value, index })).filter((item): item is { value: number; index: number } => item.value !== null);
  if (points.length < 2) return null;
  const top = Math.max(...points.map((item) => item.value));
  const low = Math.min(0, ...points.map((item) => item.value));
  const x = (index: number) => 2 + (index / Math.max(1, values.length - 1)) * (width - 6);
  const y = (value: number) => 2 + (1 - (value - low) / (top - low || 1)) * (height - 4);
  const path = points.map((item, at) => `${at ? "L" : "M"}${x(item.index).toFixed(1)} ${y(item.value).toFixed(1)}`).join("");
  const last = points.at(-1);
  return (
    <svg width={width} height={height} viewBox={`0 0 ${String(width)} ${String(height)}`} {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": true })}>
      <path d={path} fill="none" stroke="var(--jade)" strokeWidth="1.5" strokeLinejoin="round" />
      {last ? <circle cx={x(last.index)} cy={y(last.value)} r="2" fill="var(--jade)" /> : null}
    </svg>
  );
}
