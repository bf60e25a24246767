import { EditOutlined } from "@ant-design/icons";
import { Button, Modal } from "antd";
import { useState } from "react";
import { useT, type PickerProps } from "@/ui";
import { fromTree, placeFaults, toTree, TreeEditor, TreeSentence, type Group, type Tree } from "@/rooms/audience/tree";
import { journeyWords } from "../words";
import { usePickerScope } from "./pickerScope";

/** Conditions as a sentence, edited in a dialog. */
export function TreePicker({ id, name, value, faults, onChange }: PickerProps) {
  const t = useT(journeyWords);
  const { language } = usePickerScope();
  const [root, setRoot] = useState<Group | null>(null);
  const tree = value as Tree | null;
  const inside = faults.map((fault) => ({ ...fault, path: fault.path.slice(fault.path.indexOf(`${name}.`) + name.length + 1) }));
  return (
    <div>
      <p className="branch-said"><TreeSentence tree={tree} /></p>
      <Button id={id} size="small" icon={<EditOutlined aria-hidden />} onClick={() => { setRoot(fromTree(tree)); }}>{t("editConditions")}</Button>
      <Modal
        open={root !== null} title={t("editConditions")} width={820} destroyOnHidden okText={t("confirm")} cancelText={t("cancel")} onCancel={() => { setRoot(null); }}
        onOk={() => { if (root) onChange(toTree(root)); setRoot(null); }}
      >
        {root ? <TreeEditor root={root} onChange={setRoot} language={language} faults={placeFaults(root, inside)} /> : null}
      </Modal>
    </div>
  );
}
