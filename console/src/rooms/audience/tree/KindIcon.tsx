import {
  ApartmentOutlined,
  AppstoreOutlined,
  BranchesOutlined,
  CrownOutlined,
  FlagOutlined,
  GroupOutlined,
  HistoryOutlined,
  IdcardOutlined,
  MessageOutlined,
  PercentageOutlined,
  SafetyOutlined,
  ShoppingOutlined,
  TagOutlined,
  TeamOutlined,
  ThunderboltOutlined,
} from "@ant-design/icons";
import type { ComponentType } from "react";

const ICONS: Record<string, ComponentType> = {
  did: ThunderboltOutlined,
  profile: IdcardOutlined,
  tag: TagOutlined,
  sequence: HistoryOutlined,
  rfm: AppstoreOutlined,
  stage: ApartmentOutlined,
  audience: TeamOutlined,
  consent: SafetyOutlined,
  reachable: MessageOutlined,
  group: GroupOutlined,
  journey: BranchesOutlined,
  campaign: FlagOutlined,
  order: ShoppingOutlined,
  sample: PercentageOutlined,
  top: CrownOutlined,
};

export function KindIcon({ type }: { type: string }) {
  const Icon = ICONS[type] ?? ThunderboltOutlined;
  return <Icon aria-hidden />;
}
