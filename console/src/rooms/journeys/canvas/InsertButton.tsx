import { PlusOutlined } from "@ant-design/icons";
import { Dropdown } from "antd";
import type { ReactNode } from "react";
import { useT } from "@/ui";
import { STEP_KINDS, type Place, type StepKind } from "../graph";
import { journeyWords } from "../words";
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
  const t = useT(journeyWords);
  const { onInsert } = useCanvas();
  const items = STEP_KINDS.map((kind) => ({
    key: kind,
    icon: <StepIcon kind={kind} />,
    label: (
      <span className="insert-item">
        <strong>{t(`${kind}Step`)}</strong>
        <span className="muted">{t(`${kind}About`)}</span>
      </span>
    ),
  }));
  return (
    <Dropdown trigger={["click"]} menu={{ items, onClick: ({ key }) => { onInsert(place, key as StepKind); } }} classNames={{ root: "insert-menu" }}>
      <button type="button" className={`${className} nodrag nopan`} aria-label={label}>
        <PlusOutlined aria-hidden />
        {children}
      </button>
    </Dropdown>
  );
}
