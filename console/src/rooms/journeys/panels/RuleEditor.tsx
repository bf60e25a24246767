import { Button, Modal, Segmented } from "antd";
import { EditOutlined } from "@ant-design/icons";
import { useState } from "react";
import type { FieldFault } from "@/api";
import { useProblem, useT } from "@/ui";
import { fromTree, toTree, TreeEditor, type Group, type Language } from "@/ui/tree";
import type { Rule } from "../graph";
import { treeLine, type Speech } from "../tell";
import { journeyWords } from "../words";
import { factChoices, Field, OneSelect, WhereList } from "./parts";

interface Props {
  rule: Rule;
  label: string;
  /** Goals are facts only; exits may be conditions too. */
  trees: boolean;
  language: Language;
  speech: Speech;
  faults: FieldFault[];
  onChange: (rule: Rule) => void;
}

/** A goal or an exit: something that happens, or conditions that come to hold. */
export function RuleEditor({ rule, label, trees, language, speech, faults, onChange }: Props) {
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
          <p className="branch-said">{treeLine(rule.tree, speech)}</p>
          <Button size="small" icon={<EditOutlined />} onClick={() => { setRoot(fromTree(rule.tree)); }}>{t("editConditions")}</Button>
          {faults.map((fault) => <div key={`${fault.path}${fault.reason}`} className="field-fault" role="alert">{words.fault(fault)}</div>)}
        </>
      ) : (
        <>
          <Field label={label} faults={faults}>
            {(id) => <OneSelect id={id} value={rule.fact ?? ""} choices={factChoices(language)} onChange={(fact) => { onChange({ ...rule, fact, where: [] }); }} />}
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
