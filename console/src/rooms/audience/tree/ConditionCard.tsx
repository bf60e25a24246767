import { ArrowDownOutlined, ArrowUpOutlined, CopyOutlined, DeleteOutlined, MoreOutlined, StopOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import type { MenuProps } from "antd";
import { useT } from "@/ui";
import { useProblem } from "@/ui";
import { useTreeScope } from "./context";
import { ConditionEditor } from "./editors";
import { KindIcon } from "./KindIcon";
import { labelIn } from "./language";
import type { Condition, Item } from "./tree";
import { treeWords } from "./words";

export interface ItemActs {
  change: (id: string, edit: (item: Item) => Item | null) => void;
  duplicate: (item: Item) => void;
  move: (id: string, by: -1 | 1) => void;
}

/** The faults the server found at one item, in words. */
export function Faults({ id }: { id: string }) {
  const { faults } = useTreeScope();
  const problems = useProblem();
  const itemFaults = faults.get(id);
  if (!itemFaults?.length) return null;
  return (
    <ul className="tree-faults" role="alert">
      {itemFaults.map((fault) => <li key={`${fault.path}:${fault.reason}`}>{problems.fault(fault)}</li>)}
    </ul>
  );
}

interface MenuButtonProps {
  item: Item;
  acts: ItemActs;
  removeLabel: string;
}

/** The acts on one condition or group that are not needed all the time. */
export function ItemMenu({ item, acts, removeLabel }: MenuButtonProps) {
  const t = useT(treeWords);
  const items: NonNullable<MenuProps["items"]> = [
    { key: "duplicate", label: t("duplicate"), icon: <CopyOutlined aria-hidden /> },
    { key: "up", label: t("moveUp"), icon: <ArrowUpOutlined aria-hidden /> },
    { key: "down", label: t("moveDown"), icon: <ArrowDownOutlined aria-hidden /> },
  ];
  if (item.kind === "condition" && item.type !== "did") {
    items.push({ key: "negate", label: item.negated ? t("unnegate") : t("negate"), icon: <StopOutlined aria-hidden /> });
  }
  items.push({ type: "divider" }, { key: "remove", label: removeLabel, icon: <DeleteOutlined aria-hidden />, danger: true });
  const onClick: MenuProps["onClick"] = ({ key }) => {
    if (key === "duplicate") acts.duplicate(item);
    else if (key === "up") acts.move(item.id, -1);
    else if (key === "down") acts.move(item.id, 1);
    else if (key === "negate") acts.change(item.id, (old) => (old.kind === "condition" ? { ...old, negated: !old.negated } : old));
    else acts.change(item.id, () => null);
  };
  return (
    <Dropdown trigger={["click"]} menu={{ items, onClick }}>
      <Button type="text" size="small" icon={<MoreOutlined aria-hidden />} aria-label={t("moreActions")} />
    </Dropdown>
  );
}

/** One condition: its kind, its widgets in the order of the sentence, what is wrong with it. */
export function ConditionCard({ item, acts }: { item: Condition; acts: ItemActs }) {
  const t = useT(treeWords);
  const { language, lang, faults, texts, readOnly } = useTreeScope();
  const kind = labelIn(language.kinds, item.type, lang);
  const text = texts.get(item.id) ?? kind;
  const faulty = faults.has(item.id);
  return (
    <div className={`tree-card${faulty ? " faulty" : ""}`} role="group" aria-label={text}>
      <span className="tree-icon" title={kind}><KindIcon type={item.type} /></span>
      <div className="tree-card-body">
        {item.negated && item.type !== "did" && !readOnly ? <span className="tree-not">{t("not")}</span> : null}
        {readOnly ? (
          <span className="tree-said">{text}</span>
        ) : (
          <ConditionEditor item={item} onChange={(next) => { acts.change(item.id, () => next); }} />
        )}
        <Faults id={item.id} />
      </div>
      {readOnly ? null : <ItemMenu item={item} acts={acts} removeLabel={t("removeCondition")} />}
    </div>
  );
}
