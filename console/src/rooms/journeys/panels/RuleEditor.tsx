import { Button, Modal, Segmented } from "antd";
import { EditOutlined } from "@ant-design/icons";
import { useState } from "react";
import type { FieldFault } from "@/api";
import { ChoiceSelect, Field, useProblem, useT } from "@/ui";
import { fromTree, toTree, TreeEditor, type Group, type Language } from "@/rooms/audience/tree";
import type { Rule } from "../graph";
import { treeLine, type Describer } from "../describe";
import { journeyWords } from "../words";
import { factChoices, WhereList } from "./WhereList";

interface Props {
  rule: Rule;
  label: string;
  /** Goals are facts only; exits may be conditions too. */
  trees: boolean;
  language: Language;
  describer: Describer;
  faults: FieldFault[];
  onChange: (rule: Rule) => void;
}

/** A goal or an exit: something that happens, or conditions that come to hold. */
export function RuleEditor({ rule, label, trees, language, describer, faults, onChange }: Props) {
  const t = useT(journeyWords);
  const words = useProblem();
  const [root, setRoot] = useState<Group | null>(null);
  const byTree = rule.tree !== undefined;
  return (
    <>
      {trees ? (
        <Segmented
          aria-label={label} value={byTree ? "tree" : "fact"} options={[{ value: "fact", label: t("exitFact") }, { value: "tree", label: t("exitTree") }]}
          onChange={(kind) => { onChange(kind === "tree" ? { tree: { all: [] } } : { fact: "", where: [] }); }}
        />
      ) : null}
      {byTree ? (
        <>
          <p className="branch-said">{treeLine(rule.tree, describer)}</p>
          <Button size="small" icon={<EditOutlined aria-hidden />} onClick={() => { setRoot(fromTree(rule.tree)); }}>{t("editConditions")}</Button>
          {faults.map((fault) => <div key={`${fault.path}${fault.reason}`} className="field-fault" role="alert">{words.fault(fault)}</div>)}
        </>
      ) : (
        <>
          <Field label={label} faults={faults}>
            {(id) => <ChoiceSelect id={id} value={rule.fact ?? ""} choices={factChoices(language)} onChange={(fact) => { onChange({ ...rule, fact, where: [] }); }} />}
          </Field>
          {rule.fact ? <WhereList language={language} fact={rule.fact} where={rule.where ?? []} onChange={(where) => { onChange({ ...rule, where }); }} /> : null}
        </>
      )}
      <Modal open={root !== null} title={t("editConditions")} width={820} destroyOnHidden okText={t("confirm")} cancelText={t("cancel")} onCancel={() => { setRoot(null); }} onOk={() => { if (root) onChange({ tree: toTree(root) }); setRoot(null); }}>
        {root ? <TreeEditor root={root} onChange={setRoot} language={language} /> : null}
      </Modal>
    </>
  );
}
