import { BarChartOutlined, TableOutlined } from "@ant-design/icons";
import { Button } from "antd";
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import { optionOf, unitText } from "./chartOption";
import type { ChartData } from "./chartTypes";
import { useLocale, useT } from "./i18n";
import { useIsPhone, useTheme, useTones } from "./theme";

interface CanvasProps {
  option: EChartsCoreOption;
  height: number;
  label: string;
  onReady?: (chart: EChartsType) => void;
  /** Called with where the band lies that was clicked: [series, x]. */
  onPick?: (series: number, x: number) => void;
}

/** Draws an ECharts option; the library is fetched when the first chart is shown. */
export function ChartCanvas({ option, height, label, onReady, onPick }: CanvasProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const latest = useRef(option);
  const ready = useRef(onReady);
  const pick = useRef(onPick);
  useEffect(() => {
    latest.current = option;
    ready.current = onReady;
    pick.current = onPick;
    chart.current?.setOption(option, { notMerge: true });
  }, [option, onReady, onPick]);
  useEffect(() => {
    const place = box.current;
    if (!place) return undefined;
    let gone = false;
    const resize = new ResizeObserver(() => chart.current?.resize());
    void import("./echarts").then(({ init }) => {
      if (gone) return;
      const drawn = init(place);
      chart.current = drawn;
      drawn.setOption(latest.current);
      resize.observe(place);
      drawn.on("click", (event) => {
        const at = (event.data as { at?: [number, number] } | null)?.at;
        if (at) pick.current?.(at[0], at[1]);
      });
      ready.current?.(drawn);
    });
    return () => {
      gone = true;
      resize.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);
  return <div ref={box} role="img" aria-label={label} style={{ height, width: "100%" }} />;
}

interface ChartProps extends ChartData {
  /** What the chart shows, in one sentence; read aloud and used as the table's name. */
  label: string;
  /** The name of the first column in the table. */
  xLabel?: string;
  height?: number;
  onReady?: (chart: EChartsType) => void;
  onPick?: (series: number, x: number) => void;
}

/** A chart with its table one click away. */
export function Chart({ label, xLabel = "", height = 280, onReady, onPick, ...data }: ChartProps) {
  const t = useT();
  const { locale } = useLocale();
  const { dark } = useTheme();
  const tones = useTones();
  const narrow = useIsPhone();
  const [asTable, setAsTable] = useState(false);
  const unit = data.unit ?? "number";
  return (
    <div className="chart">
      <Button
        className="chart-switch" type="text" size="small"
        icon={asTable ? <BarChartOutlined aria-hidden /> : <TableOutlined aria-hidden />}
        aria-label={asTable ? t("viewChart") : t("viewTable")}
        aria-pressed={asTable}
        onClick={() => setAsTable(!asTable)}
      />
      {asTable ? (
        // A scrolling region must be reachable by keyboard.
        <div className="chart-table" style={{ minHeight: height }} tabIndex={0} role="region" aria-label={label}>
          <table className="plain-table">
            <caption className="sr-only">{label}</caption>
            <thead>
              <tr>
                <th scope="col">{xLabel}</th>
                {data.series.map((series) => <th key={series.name} scope="col" className="figure">{series.name}</th>)}
              </tr>
            </thead>
            <tbody>
              {data.x.map((name, index) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {data.series.map((series) => {
                    const value = series.data[index];
                    return <td key={series.name} className="figure">{value === null || value === undefined ? "—" : unitText(value, unit, locale)}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <ChartCanvas option={optionOf(data, { tones, dark, locale, label, height, narrow })} height={height} label={t("chartOf", { name: label })} {...(onReady ? { onReady } : {})} {...(onPick ? { onPick } : {})} />
      )}
    </div>
  );
}
