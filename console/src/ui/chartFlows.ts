import { CHART_DARK, CHART_LIGHT } from "./tokens";
import { tooltipBase } from "./chartTooltip";
import type { Bag, ChartData, Look } from "./chartTypes";

type Say = (value: number) => string;

const NODE_PX = 12;
const HALO_PX = 3;

/** Where members were (the series) and where they are now (x): a band a move, the same colour for the same name. */
export function sankey(data: ChartData, look: Look, say: Say): Bag {
  const palette = look.dark ? CHART_DARK : CHART_LIGHT;
  const colour = (name: string): string => palette[data.x.indexOf(name)] ?? look.tones.muted;
  const links = data.series.flatMap((series, from) => series.data.flatMap((value, to) => (
    value ? [{ source: `from ${String(from)}`, target: `to ${String(to)}`, value, at: [from, to] }] : []
  )));
  const sum = (values: (number | null | undefined)[]): number => values.reduce<number>((all, value) => all + (value ?? 0), 0);
  const node = (id: string, name: string, total: number, depth: number): Bag => ({
    name: id, depth, itemStyle: { color: colour(name), borderWidth: 0 },
    label: { position: depth ? "left" : "right", formatter: `${name}  ${say(total)}` }, title: name,
  });
  const nodes = [
    ...data.series.map((series, from) => node(`from ${String(from)}`, series.name, sum(series.data), 0)),
    ...data.x.map((name, to) => node(`to ${String(to)}`, name, sum(data.series.map((series) => series.data[to])), 1)),
  ].filter((item) => links.some((link) => link.source === item.name || link.target === item.name));
  return {
    series: [{
      type: "sankey", data: nodes, links, layoutIterations: 0, nodeWidth: NODE_PX, nodeGap: 14, draggable: false, animation: false,
      left: 4, right: 4, top: 8, bottom: 8, emphasis: { focus: "adjacency" },
      label: { color: look.tones.ink, textBorderColor: look.tones.surface, textBorderWidth: HALO_PX },
      lineStyle: { color: "source", opacity: look.dark ? 0.4 : 0.3, curveness: 0.5 },
    }],
    tooltip: {
      ...tooltipBase(look), trigger: "item",
      formatter: (item: { dataType?: string; data: { at?: [number, number]; title?: string }; value: number }) => (
        item.data.at
          ? `${data.series[item.data.at[0]]?.name ?? ""} → ${data.x[item.data.at[1]] ?? ""}: ${say(item.value)}`
          : `${item.data.title ?? ""}: ${say(item.value)}`
      ),
    },
  };
}

interface Painter {
  value: (dimension: number) => number;
  coord: (at: [number, number]) => [number, number];
}

const CAP_PX = 5;
const LABELS_PX = 220;
const LABELS_NARROW_PX = 128;

/** Estimates with their intervals on an axis of ratios, the line of no difference at 1. */
export function forest(data: ChartData, look: Look, say: Say): Bag {
  const [middle, low, high] = data.series.map((series) => series.data.map((value) => value ?? 1));
  const rows = data.x.map((_, index) => [middle?.[index] ?? 1, index, low?.[index] ?? 1, high?.[index] ?? 1]);
  const ends = rows.flatMap((row) => [row[2] ?? 1, row[3] ?? 1]);
  const least = 2 ** Math.floor(Math.log2(Math.min(...ends, 1 / 1.5)));
  const most = 2 ** Math.ceil(Math.log2(Math.max(...ends, 1.5)));
  const colour = (ratio: number): string => (ratio > 1 ? look.tones.danger : look.tones.jade);
  const range = (row: number[]): string => `${say(row[0] ?? 1)} (${say(row[2] ?? 1)}–${say(row[3] ?? 1)})`;
  const line = (x1: number, y1: number, x2: number, y2: number, stroke: string): Bag => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke, lineWidth: 2 } });
  return {
    grid: { left: 4, right: look.narrow ? 20 : 130, top: 8, bottom: 4, containLabel: true },
    xAxis: {
      type: "log", logBase: 2, min: least, max: most, axisLine: { show: false }, axisTick: { show: false }, minorTick: { show: false },
      splitLine: { lineStyle: { color: look.tones.line } }, axisLabel: { color: look.tones.muted, formatter: say },
    },
    yAxis: {
      type: "category", data: data.x, inverse: true, axisLine: { show: false }, axisTick: { show: false },
      axisLabel: { color: look.tones.ink, interval: 0, width: look.narrow ? LABELS_NARROW_PX : LABELS_PX, overflow: "break", lineHeight: 15 },
    },
    tooltip: {
      ...tooltipBase(look), trigger: "item",
      formatter: (item: { value: number[] }) => `${data.x[item.value[1] ?? 0] ?? ""}: ${range(item.value)}`,
    },
    series: [
      {
        type: "custom", data: rows, encode: { x: [0, 2, 3], y: 1 }, z: 2,
        renderItem: (_: unknown, paint: Painter) => {
          const [left, y] = paint.coord([paint.value(2), paint.value(1)]);
          const [right] = paint.coord([paint.value(3), paint.value(1)]);
          const stroke = colour(paint.value(0));
          return {
            type: "group",
            children: [line(left, y, right, y, stroke), line(left, y - CAP_PX, left, y + CAP_PX, stroke), line(right, y - CAP_PX, right, y + CAP_PX, stroke)],
          };
        },
      },
      {
        type: "scatter", data: rows, encode: { x: 0, y: 1 }, symbol: "rect", symbolSize: 9, z: 3,
        itemStyle: { color: (item: { value: number[] }) => colour(item.value[0] ?? 1) },
        label: { show: !look.narrow, position: [18, -3], color: look.tones.muted, formatter: "" },
        markLine: { silent: true, symbol: "none", animation: false, label: { show: false }, lineStyle: { color: look.tones.ink, type: "solid", width: 1 }, data: [{ xAxis: 1 }] },
      },
      // The figures stand in a column of their own at the right edge, where no interval can cover them.
      ...(look.narrow ? [] : [{
        type: "scatter", silent: true, symbolSize: 0, data: rows.map((row) => ({ value: [most, row[1] ?? 0], told: range(row) })),
        label: { show: true, position: "right", color: look.tones.muted, formatter: (item: { data: { told: string } }) => item.data.told },
      }]),
    ],
  };
}
