import { Button, Modal } from "antd";
import { useState } from "react";
import type { Schemas } from "@/api";
import { useNotify, useT } from "@/ui";
import { useListActs } from "./data";
import { TagPicker } from "./TagPicker";
import { contactsWords } from "./words";

interface Props {
  /** Members by their ids, or all that the list's filters match. */
  chosen: Pick<Schemas["BulkTagsIn"], "member_ids" | "matching">;
  number: number;
  onDone: () => void;
}

/** Tags or untags the picked members; the dialog names how many. */
export function BulkTags({ chosen, number, onDone }: Props) {
  const t = useT(contactsWords);
  const notify = useNotify();
  const { bulkTags } = useListActs();
  const [mode, setMode] = useState<"add" | "remove" | null>(null);
  const [tags, setTags] = useState<string[]>([]);
  const close = () => {
    setMode(null);
    setTags([]);
  };
  const act = async () => {
    try {
      await bulkTags.mutateAsync({ ...chosen, add: mode === "add" ? tags : [], remove: mode === "remove" ? tags : [] });
      notify.done(t("tagged", { n: number }));
      close();
      onDone();
    } catch (error) {
      notify.failed(error);
    }
  };
  return (
    <>
      <Button size="small" onClick={() => setMode("add")}>{t("bulkTag")}</Button>
      <Button size="small" onClick={() => setMode("remove")}>{t("bulkUntag")}</Button>
      {mode ? (
        <Modal
          open
          title={t(mode === "add" ? "bulkTagTitle" : "bulkUntagTitle", { n: number })}
          okText={t(mode === "add" ? "bulkTag" : "bulkUntag")}
          cancelText={t("cancel")}
          okButtonProps={{ disabled: tags.length === 0 }}
          confirmLoading={bulkTags.isPending}
          onCancel={close}
          onOk={() => void act()}
        >
          <TagPicker value={tags} onChange={setTags} />
        </Modal>
      ) : null}
    </>
  );
}
