import { PlusOutlined } from "@ant-design/icons";
import { Dropdown } from "antd";
import type { ReactNode } from "react";
import { useLocalized } from "@/ui";
import type { Place } from "../graph";
import { useCanvas } from "./scope";
import { StepIcon } from "./StepIcon";

interface Props {
  place: Place;
  label: string;
  className?: string;
  children?: ReactNode;
}

/** A plus that offers the kinds of steps and puts the chosen one at `place`. */
export function InsertButton({ place, label, className = "insert", children }: Props) {
  const localized = useLocalized();
  const { describer, onInsert } = useCanvas();
  const items = describer.kinds.steps.map((kind) => ({
    key: kind.kind,
    icon: <StepIcon icon={kind.icon} />,
    label: (
      <span className="insert-item">
        <strong>{localized(kind.label)}</strong>
        <span className="muted">{localized(kind.help)}</span>
      </span>
    ),
  }));
  return (
    <Dropdown trigger={["click"]} menu={{ items, onClick: ({ key }) => { onInsert(place, key); } }} classNames={{ root: "insert-menu" }}>
      <button type="button" className={`${className} nodrag nopan`} aria-label={label}>
        <PlusOutlined aria-hidden />
        {children}
      </button>
    </Dropdown>
  );
}
