import { EditOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useCan } from "@/api";
import { format, useNotify, useT, useZone } from "@/ui";
import { useMemberActs } from "../data";
import { TagPicker } from "../TagPicker";
import type { Member } from "../types";
import { contactsWords } from "../words";

export function MemberTags({ member }: { member: Member }) {
  const t = useT(contactsWords);
  const can = useCan();
  const zone = useZone();
  const notify = useNotify();
  const { tags: act } = useMemberActs(String(member.id));
  const have = member.tags.map((tag) => tag.name);
  const [draft, setDraft] = useState<string[] | null>(null);
  const save = async () => {
    const next = draft ?? have;
    try {
      await act.mutateAsync({ add: next.filter((tag) => !have.includes(tag)), remove: have.filter((tag) => !next.includes(tag)) });
      setDraft(null);
    } catch (error) {
      notify.failed(error);
    }
  };
  return (
    <section className="panel" aria-labelledby="tags-title">
      <div className="row between" style={{ marginBottom: 8 }}>
        <h2 id="tags-title" className="panel-title">{t("tags")}</h2>
        {can("members.write") && !draft && !member.erased_at ? <Button type="text" size="small" icon={<EditOutlined aria-hidden />} aria-label={t("editTags")} onClick={() => setDraft(have)} /> : null}
      </div>
      {draft ? (
        <div className="stack tight">
          <TagPicker value={draft} onChange={setDraft} />
          <div className="row">
            <Button type="primary" size="small" loading={act.isPending} onClick={() => void save()}>{t("save")}</Button>
            <Button type="text" size="small" onClick={() => setDraft(null)}>{t("cancel")}</Button>
          </div>
        </div>
      ) : have.length === 0 ? (
        <p className="muted">{t("noTags")}</p>
      ) : (
        <div className="chips">
          {member.tags.map((tag) => (
            <span key={tag.name} className="chip" title={tag.group}>
              {tag.name}
              {tag.expires_at ? <span className="muted"> · {t("expires", { time: format.time(tag.expires_at, zone, "day") })}</span> : null}
            </span>
          ))}
        </div>
      )}
    </section>
  );
}
