/** The parts of ECharts in use; loaded only when a chart comes on the screen. */
import { BarChart, CustomChart, FunnelChart, HeatmapChart, LineChart, SankeyChart, ScatterChart } from "echarts/charts";
import { AriaComponent, DatasetComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

register([
  BarChart, CustomChart, FunnelChart, HeatmapChart, LineChart, SankeyChart, ScatterChart,
  AriaComponent, DatasetComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent,
  LabelLayout, CanvasRenderer,
]);

export { init };
