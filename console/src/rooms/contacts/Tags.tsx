import { DeleteOutlined, EditOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, Modal } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useCan } from "@/api";
import { EmptyState, format, Page, QueryState, StateTag, useConfirm, useLabel, useLocale, useNotify, useT } from "@/ui";
import { useTagActs, useTagGroups } from "./data";
import { Norms } from "./Norms";
import { TagGroupForm } from "./TagGroupForm";
import type { Tag, TagGroup } from "./types";
import { contactsWords } from "./words";

interface NameProps {
  title: string;
  initial: string;
  onSave: (name: string) => Promise<unknown>;
  onClose: () => void;
}

function NameDialog({ title, initial, onSave, onClose }: NameProps) {
  const t = useT(contactsWords);
  const notify = useNotify();
  const [name, setName] = useState(initial);
  const [busy, setBusy] = useState(false);
  const act = async () => {
    if (!name.trim()) return;
    setBusy(true);
    try {
      await onSave(name.trim());
      onClose();
    } catch (error) {
      notify.failed(error);
      setBusy(false);
    }
  };
  return (
    <Modal open title={title} okText={t("save")} cancelText={t("cancel")} confirmLoading={busy} okButtonProps={{ disabled: !name.trim() }} onCancel={onClose} onOk={() => void act()}>
      <Input autoFocus value={name} maxLength={120} aria-label={t("tagName")} placeholder={t("tagName")} onChange={(event) => setName(event.target.value)} onPressEnter={() => void act()} />
    </Modal>
  );
}

function TagLine({ tag, writable }: { tag: Tag; writable: boolean }) {
  const t = useT(contactsWords);
  const { locale } = useLocale();
  const confirm = useConfirm();
  const acts = useTagActs();
  const [renaming, setRenaming] = useState(false);
  const drop = () => {
    confirm({ title: t("deleteTagTitle", { name: tag.name }), body: t("deleteTagBody"), people: tag.members, act: t("delete"), danger: true, run: () => acts.dropTag.mutateAsync(tag.id) });
  };
  return (
    <li className="tag-row">
      <Link className="grow clip" to={`/members?tag=${encodeURIComponent(tag.name)}`}>{tag.name}</Link>
      <span className="muted num nowrap">{t("membersWith", { n: format.number(tag.members, locale) })}</span>
      {writable ? (
        <>
          <Button type="text" size="small" icon={<EditOutlined aria-hidden />} aria-label={`${t("renameTag")} ${tag.name}`} onClick={() => setRenaming(true)} />
          <Button type="text" size="small" icon={<DeleteOutlined aria-hidden />} aria-label={`${t("delete")} ${tag.name}`} onClick={drop} />
        </>
      ) : null}
      {renaming ? <NameDialog title={t("renameTag")} initial={tag.name} onSave={(name) => acts.renameTag.mutateAsync({ id: tag.id, name })} onClose={() => setRenaming(false)} /> : null}
    </li>
  );
}

function GroupPanel({ group, onEdit }: { group: TagGroup; onEdit: () => void }) {
  const t = useT(contactsWords);
  const can = useCan();
  const confirm = useConfirm();
  const acts = useTagActs();
  const [adding, setAdding] = useState(false);
  const writable = can("tags.write");
  const label = useLabel();
  const people = group.tags.reduce((sum, tag) => sum + tag.members, 0);
  return (
    <section className="panel" aria-label={group.name}>
      <div className="row wrap between">
        <div className="row wrap">
          <h2 className="panel-title">{group.name}</h2>
          <StateTag>{label("tag_group_kind", group.kind)}</StateTag>
          {group.exclusive ? <StateTag tone="busy">{t("exclusive")}</StateTag> : null}
        </div>
        {writable ? (
          <span>
            <Button type="text" size="small" icon={<PlusOutlined aria-hidden />} onClick={() => setAdding(true)}>{t("newTag")}</Button>
            <Button type="text" size="small" icon={<EditOutlined aria-hidden />} aria-label={`${t("editGroup")} ${group.name}`} onClick={onEdit} />
            <Button
              type="text" size="small" icon={<DeleteOutlined aria-hidden />} aria-label={`${t("delete")} ${group.name}`}
              onClick={() => confirm({ title: t("deleteGroupTitle", { name: group.name }), body: t("deleteGroupBody"), people, act: t("delete"), danger: true, run: () => acts.dropGroup.mutateAsync(group.id) })}
            />
          </span>
        ) : null}
      </div>
      <p className="muted" style={{ fontSize: 13 }}>{t("owner")} {group.owner || "—"} · {t("days")} {group.days === null ? t("forEver") : t("daysValue", { n: group.days })}</p>
      {group.tags.length === 0 ? <p className="muted" style={{ paddingTop: 8 }}>{t("emptyGroup")}</p> : <ul style={{ marginTop: 8 }}>{group.tags.map((tag) => <TagLine key={tag.id} tag={tag} writable={writable} />)}</ul>}
      {adding ? <NameDialog title={t("newTag")} initial="" onSave={(name) => acts.addTag.mutateAsync({ group_id: group.id, name })} onClose={() => setAdding(false)} /> : null}
    </section>
  );
}

export default function Tags() {
  const t = useT(contactsWords);
  const can = useCan();
  const groups = useTagGroups();
  const [form, setForm] = useState<{ group: TagGroup | null } | null>(null);
  const add = can("tags.write") ? <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setForm({ group: null })}>{t("newGroup")}</Button> : null;
  return (
    <Page title={t("tags")} lead={t("tagsLead")} actions={add}>
      <div className="grid-side">
        <QueryState query={groups}>
          {(list) =>
            list.items.length === 0 ? (
              <div className="panel"><EmptyState title={t("noGroups")} hint={t("noGroupsHint")} actions={add} /></div>
            ) : (
              <div className="stack">{list.items.map((group) => <GroupPanel key={group.id} group={group} onEdit={() => setForm({ group })} />)}</div>
            )
          }
        </QueryState>
        <Norms />
      </div>
      {form ? <TagGroupForm group={form.group} onClose={() => setForm(null)} /> : null}
    </Page>
  );
}
