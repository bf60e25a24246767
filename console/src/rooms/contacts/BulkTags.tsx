import { Button, Modal } from "antd";
import { useState } from "react";
import { useNotify, useT } from "@/ui";
import { useListActs } from "./data";
import { TagPicker } from "./TagPicker";
import { contactsWords } from "./words";

interface Props {
  memberIds: number[];
  onDone: () => void;
}

/** Tags or untags the picked members; the dialog names how many. */
export function BulkTags({ memberIds, onDone }: Props) {
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
      await bulkTags.mutateAsync({ member_ids: memberIds, add: mode === "add" ? tags : [], remove: mode === "remove" ? tags : [] });
      notify.done(t("tagged", { n: memberIds.length }));
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
          title={t(mode === "add" ? "bulkTagTitle" : "bulkUntagTitle", { n: memberIds.length })}
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
