import type { EChartsCoreOption } from "echarts/core";
import { forest, sankey } from "./chartFlows";
import { mixed, textOn } from "./contrast";
import { compact, moneyCompact, percent, ratio } from "./format";
import { tooltipBase } from "./chartTooltip";
import type { Bag, ChartData, Look, Unit } from "./chartTypes";
import type { Locale } from "./i18n";
import { CHART_DARK, CHART_LIGHT, FONT } from "./tokens";

export function unitText(value: number, unit: Unit, locale: Locale): string {
  if (unit === "money") return moneyCompact(value, locale);
  if (unit === "ratio") return ratio(value);
  return unit === "percent" ? percent(value) : compact(value, locale);
}

/** What a name at the end of a line takes: the room beside the chart, a letter's width and a line's height. */
const END_PX = 84;
const LETTER_PX = 6.5;
const IDEOGRAM_PX = 12;
const END_LINE_PX = 18;
/** What the chart's height holds besides the plot: the room above and the axis below. */
const FRAME_PX = 52;

const widthOf = (text: string): number => [...text].reduce((sum, letter) => sum + (letter > "\u2E7F" ? IDEOGRAM_PX : LETTER_PX), 0);

/** Whether every line can carry its name at its end: none too long, no two on top of each other. */
function namesAtEnds(data: ChartData, height: number): boolean {
  if (data.series.length < 2 || (data.kind !== "line" && data.kind !== "area")) return false;
  if (data.series.some((series) => widthOf(series.name) > END_PX - 8)) return false;
  const values = data.series.flatMap((series) => series.data).filter((value): value is number => value !== null);
  const range = Math.max(0, ...values) - Math.min(0, ...values);
  if (range === 0) return false;
  const ends = data.series.map((series) => series.data.findLast((value) => value !== null) ?? 0).sort((a, b) => a - b);
  const gap = END_LINE_PX / (height - FRAME_PX) * range;
  return ends.every((end, index) => index === 0 || end - (ends[index - 1] ?? 0) >= gap);
}

function seriesOf(data: ChartData, look: Look, say: (value: number) => string): Bag[] {
  const many = data.series.length > 1;
  const named = namesAtEnds(data, look.height);
  return data.series.map((series) => {
    if (data.kind === "line" || data.kind === "area") {
      return {
        name: series.name, type: "line", data: series.data, showSymbol: data.x.length <= 31, symbolSize: 5, lineStyle: { width: 2 },
        ...(data.kind === "area" ? { areaStyle: { opacity: 0.12 } } : {}),
        // A name at the end of its own line is read faster than a legend, where there is room.
        ...(named ? { endLabel: { show: true, formatter: "{a}", color: look.tones.ink } } : {}),
      };
    }
    const labelled = !many && data.x.length <= 16;
    return {
      name: series.name, type: "bar", data: series.data, barMaxWidth: 36,
      ...(data.kind === "stacked" ? { stack: "all" } : {}),
      itemStyle: { borderRadius: data.kind === "hbar" ? [0, 4, 4, 0] : data.kind === "stacked" ? 0 : [4, 4, 0, 0] },
      label: {
        show: labelled, position: data.kind === "hbar" ? "right" : "top", color: look.tones.ink,
        formatter: (item: { value: number | null }) => (item.value === null ? "" : say(item.value)),
      },
    };
  });
}

function heatmap(data: ChartData, look: Look, say: (value: number) => string): Bag {
  const values = data.series.flatMap((series) => series.data).filter((value): value is number => value !== null);
  const max = Math.max(...values, 1e-9);
  const [low, high] = look.dark ? ["#1C2824", look.tones.jade] : ["#EEF6F2", look.tones.jadeSolid];
  const cells = data.series.flatMap((series, y) => series.data.map((value, x) => (
    { value: [x, y, value ?? "-"], label: { color: textOn(mixed(low, high, Math.max(0, value ?? 0) / max), look.tones.ink) } }
  )));
  return {
    grid: { left: 4, right: 4, top: 8, bottom: 4, containLabel: true },
    xAxis: { type: "category", data: data.x, splitArea: { show: false }, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: look.tones.muted } },
    yAxis: { type: "category", data: data.series.map((series) => series.name), inverse: true, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: look.tones.muted } },
    visualMap: { show: false, min: 0, max, inRange: { color: [low, high] } },
    series: [{
      type: "heatmap", data: cells, itemStyle: { borderColor: look.tones.surface, borderWidth: 2, borderRadius: 4 },
      label: { show: data.x.length <= 14, formatter: (item: { value: [number, number, number] }) => say(item.value[2]), fontSize: 11 },
    }],
  };
}

function funnel(data: ChartData, look: Look, say: (value: number) => string): Bag {
  const first = data.series[0];
  const steps = data.x.map((name, index) => ({ name, value: first?.data[index] ?? 0 }));
  return {
    series: [{
      type: "funnel", data: steps, sort: "none", left: 8, right: 8, top: 8, bottom: 8, gap: 4, minSize: "12%",
      label: { position: "inside", color: "#FFFFFF", formatter: (item: { name: string; value: number }) => `${item.name}  ${say(item.value)}` },
      itemStyle: { borderWidth: 0, color: look.dark ? "#0C7D62" : "#0C7D62" },
    }],
  };
}

/** A zero-based, directly labelled option in the house's colours. */
export function optionOf(data: ChartData, look: Look): EChartsCoreOption {
  const unit = data.unit ?? "number";
  const say = (value: number): string => unitText(value, unit, look.locale);
  const axis = { axisLine: { lineStyle: { color: look.tones.line } }, axisTick: { show: false }, axisLabel: { color: look.tones.muted, hideOverlap: true } };
  const category = { type: "category", data: data.x, ...axis, boundaryGap: data.kind !== "line" && data.kind !== "area" };
  const value = {
    type: "value", min: (range: { min: number }) => Math.min(0, range.min),
    splitLine: { lineStyle: { color: look.tones.line } }, axisLabel: { color: look.tones.muted, formatter: say },
  };
  const shared: Bag = {
    color: look.dark ? CHART_DARK : CHART_LIGHT,
    textStyle: { fontFamily: FONT },
    animationDuration: 180,
    aria: { enabled: true, label: { description: look.label } },
    tooltip: {
      ...tooltipBase(look), trigger: data.kind === "funnel" || data.kind === "heatmap" ? "item" : "axis",
      valueFormatter: (item: unknown) => (typeof item === "number" ? say(item) : "—"),
    },
  };
  if (data.kind === "heatmap") return { ...shared, ...heatmap(data, look, say), tooltip: { ...(shared.tooltip as Bag), formatter: (item: { name: string; value: [number, number, number] }) => `${data.series[item.value[1]]?.name ?? ""} · ${item.name}: ${say(item.value[2])}` } };
  if (data.kind === "sankey") return { ...shared, ...sankey(data, look, say) };
  if (data.kind === "forest") return { ...shared, ...forest(data, look, say) };
  if (data.kind === "funnel") return { ...shared, ...funnel(data, look, say) };
  const ends = namesAtEnds(data, look.height);
  const across = data.kind === "hbar";
  return {
    ...shared,
    grid: { left: 4, right: ends ? END_PX : across ? 64 : 16, top: data.series.length > 1 && !ends ? 32 : 24, bottom: 4, containLabel: true },
    ...(data.series.length > 1 && !ends ? { legend: { type: "scroll", top: 0, left: 0, right: 40, textStyle: { color: look.tones.muted }, itemWidth: 12, itemHeight: 8 } } : {}),
    xAxis: across ? value : category,
    yAxis: across ? { ...category, inverse: true } : value,
    series: seriesOf(data, look, say),
  };
}
