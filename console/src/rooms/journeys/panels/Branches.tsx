import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, EditOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, Modal } from "antd";
import { useState } from "react";
import { useProblem, useT } from "@/ui";
import { fromTree, placeFaults, toTree, TreeEditor, type Group } from "@/rooms/audience/tree";
import { freshKey, type Branch } from "../graph";
import { treeLine } from "../describe";
import { journeyWords } from "../words";
import type { FormProps } from "./formProps";

const BRANCHES_MAX = 10;

/** The ways of a branch, tried from top to bottom; each is a name and a tree of conditions. */
export function Branches({ step, language, describer, at, onStep }: FormProps) {
  const t = useT(journeyWords);
  const words = useProblem();
  const branches = step.branches ?? [];
  const [open, setOpen] = useState<number | null>(null);
  const [root, setRoot] = useState<Group>(() => fromTree(null));
  const put = (index: number, branch: Branch): void => { onStep({ ...step, branches: branches.map((old, place) => (place === index ? branch : old)) }); };
  const move = (index: number, by: -1 | 1): void => {
    const next = [...branches];
    const [taken] = next.splice(index, 1);
    if (taken) next.splice(index + by, 0, taken);
    onStep({ ...step, branches: next });
  };
  const current = open === null ? undefined : branches[open];
  const prefix = open === null ? "" : `branches.${open}.tree`;
  const inTree = at("branches").map((fault) => ({ ...fault, path: fault.path.replaceAll(/[[\]]/g, ".").replaceAll("..", ".") })).filter((fault) => fault.path.includes(prefix));
  const marks = placeFaults(root, inTree.map((fault) => ({ ...fault, path: fault.path.slice(fault.path.indexOf(prefix) + prefix.length) })));
  return (
    <section className="panel-part">
      <p className="muted">{t("branchOrder")}</p>
      <ol className="stack tight">
        {branches.map((branch, index) => {
          const own = at(`branches.${index}`);
          return (
            <li key={branch.key} className="branch">
              <div className="row">
                <Input
                  aria-label={t("branchName")} placeholder={t("branchN", { n: index + 1 })} maxLength={40} value={branch.label}
                  onChange={(event) => { put(index, { ...branch, label: event.target.value }); }}
                />
                <Button type="text" size="small" icon={<ArrowUpOutlined aria-hidden />} aria-label="↑" disabled={index === 0} onClick={() => { move(index, -1); }} />
                <Button type="text" size="small" icon={<ArrowDownOutlined aria-hidden />} aria-label="↓" disabled={index === branches.length - 1} onClick={() => { move(index, 1); }} />
                <Button type="text" size="small" icon={<DeleteOutlined aria-hidden />} aria-label={t("remove")} disabled={branches.length === 1} onClick={() => { onStep({ ...step, branches: branches.filter((_, place) => place !== index) }); }} />
              </div>
              <p className="branch-said">{treeLine(branch.tree, describer)}</p>
              <Button size="small" icon={<EditOutlined aria-hidden />} onClick={() => { setRoot(fromTree(branch.tree)); setOpen(index); }}>{t("editConditions")}</Button>
              {own.map((fault) => <div key={`${fault.path}${fault.reason}`} className="field-fault" role="alert">{words.fault(fault)}</div>)}
            </li>
          );
        })}
      </ol>
      <Button
        type="dashed" block icon={<PlusOutlined aria-hidden />} disabled={branches.length >= BRANCHES_MAX}
        onClick={() => { onStep({ ...step, branches: [...branches, { key: freshKey(["else", ...branches.map((branch) => branch.key)], "b"), label: "", tree: { all: [] } }] }); }}
      >
        {t("addBranch")}
      </Button>
      <Modal
        open={current !== undefined} title={current?.label || t("editConditions")} width={820} destroyOnHidden okText={t("confirm")} cancelText={t("cancel")}
        onCancel={() => { setOpen(null); }}
        onOk={() => { if (open !== null && current) put(open, { ...current, tree: toTree(root) }); setOpen(null); }}
      >
        <TreeEditor root={root} onChange={setRoot} language={language} faults={marks} />
      </Modal>
    </section>
  );
}
