import { BranchesOutlined, ClockCircleOutlined, ExperimentOutlined, HourglassOutlined, LogoutOutlined, SendOutlined, TagOutlined } from "@ant-design/icons";
import type { ComponentType } from "react";
import type { StepKind } from "../graph";

const ICONS: Record<StepKind, ComponentType> = {
  send: SendOutlined,
  wait: ClockCircleOutlined,
  wait_until: HourglassOutlined,
  branch: BranchesOutlined,
  split: ExperimentOutlined,
  tag: TagOutlined,
  exit: LogoutOutlined,
};

export function StepIcon({ kind }: { kind: StepKind }) {
  const Icon = ICONS[kind];
  return <span className={`step-icon kind-${kind}`} aria-hidden="true"><Icon /></span>;
}
