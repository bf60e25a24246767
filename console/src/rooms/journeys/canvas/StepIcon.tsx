import {
  ApiOutlined, BellOutlined, BranchesOutlined, ClockCircleOutlined, ExperimentOutlined, FlagOutlined, GiftOutlined, HourglassOutlined, LogoutOutlined, NodeIndexOutlined, SendOutlined, TagOutlined,
  TeamOutlined, UserSwitchOutlined,
} from "@ant-design/icons";
import type { ComponentType } from "react";

/** The pictures a kind of step may name. */
const ICONS: Readonly<Record<string, ComponentType>> = {
  api: ApiOutlined,
  bell: BellOutlined,
  branches: BranchesOutlined,
  clock: ClockCircleOutlined,
  exit: LogoutOutlined,
  flag: FlagOutlined,
  gift: GiftOutlined,
  hourglass: HourglassOutlined,
  send: SendOutlined,
  split: ExperimentOutlined,
  tag: TagOutlined,
  team: TeamOutlined,
  user: UserSwitchOutlined,
};

export function StepIcon({ icon }: { icon: string }) {
  const Icon = ICONS[icon] ?? NodeIndexOutlined;
  return <span className={`step-icon icon-${icon}`} aria-hidden="true"><Icon /></span>;
}
