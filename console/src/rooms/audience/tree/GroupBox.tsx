import { PlusOutlined } from "@ant-design/icons";
import { Button, Dropdown, Select } from "antd";
import { useT } from "@/ui";
import { ConditionCard, Faults, ItemMenu, type ItemActs } from "./ConditionCard";
import { useTreeScope } from "./context";
import { KindIcon } from "./KindIcon";
import { condition, group, type Group, type GroupMode, type Value } from "./tree";
import { treeWords } from "./words";

/** How deep the editor nests groups; the server's own limit is wider, but deeper trees cannot be read. */
const DEPTH_MAX = 4;

interface Props {
  item: Group;
  acts: ItemActs;
  depth: number;
}

const MODES: [GroupMode, "modeAll" | "modeAny" | "modeNone" | "modeNotAll"][] = [
  ["all", "modeAll"],
  ["any", "modeAny"],
  ["none", "modeNone"],
  ["not_all", "modeNotAll"],
];

function AddBar({ item, acts, depth }: Props) {
  const t = useT(treeWords);
  const { language, lang } = useTreeScope();
  const add = (type: string): void => {
    const example = language.kinds.find((kind) => kind.value === type)?.example;
    const added = condition(type, structuredClone(example) as Value);
    acts.change(item.id, (old) => (old.kind === "group" ? { ...old, children: [...old.children, added] } : old));
  };
  const items = language.kinds.map((kind) => ({ key: kind.value, label: kind.label[lang], icon: <KindIcon type={kind.value} /> }));
  return (
    <div className="tree-add">
      <Dropdown trigger={["click"]} menu={{ items, onClick: ({ key }) => { add(key); } }}>
        <Button icon={<PlusOutlined aria-hidden />} type={item.children.length === 0 && depth === 0 ? "primary" : "default"}>{t("addCondition")}</Button>
      </Dropdown>
      {depth < DEPTH_MAX ? (
        <Button
          type="text" icon={<PlusOutlined aria-hidden />}
          onClick={() => { acts.change(item.id, (old) => (old.kind === "group" ? { ...old, children: [...old.children, group("any")] } : old)); }}
        >
          {t("addGroup")}
        </Button>
      ) : null}
    </div>
  );
}

/** A group: how its members combine, then each of them, joined by 且 or 或. */
export function GroupBox({ item, acts, depth }: Props) {
  const t = useT(treeWords);
  const { readOnly } = useTreeScope();
  const joint = item.mode === "any" || item.mode === "none" ? t("or") : t("and");
  return (
    <div className={`tree-group mode-${item.mode}${depth === 0 ? " outer" : ""}`} role="group" aria-label={t(MODES.find(([mode]) => mode === item.mode)?.[1] ?? "modeAll")}>
      <div className="tree-group-head">
        <Select
          aria-label={t("modeLabel")} value={item.mode} popupMatchSelectWidth={false} disabled={readOnly} className="tree-mode"
          options={MODES.map(([value, key]) => ({ value, label: t(key) }))}
          onChange={(mode: GroupMode) => { acts.change(item.id, (old) => (old.kind === "group" ? { ...old, mode } : old)); }}
        />
        {depth > 0 && !readOnly ? <ItemMenu item={item} acts={acts} removeLabel={t("removeGroup")} /> : null}
      </div>
      <Faults id={item.id} />
      {item.children.length === 0 ? <p className="muted tree-nothing">{depth === 0 ? t("emptyGroup") : t("emptyInner")}</p> : null}
      <ul className="tree-items">
        {item.children.map((child, index) => (
          <li key={child.id}>
            {index > 0 ? <span className="tree-joint" aria-hidden="true">{joint}</span> : null}
            {child.kind === "group" ? <GroupBox item={child} acts={acts} depth={depth + 1} /> : <ConditionCard item={child} acts={acts} />}
          </li>
        ))}
      </ul>
      {readOnly ? null : <AddBar item={item} acts={acts} depth={depth} />}
    </div>
  );
}
