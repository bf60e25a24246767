import { Button, Modal } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useCan } from "@/api";
import { format, useLocale, useNotify, useT } from "@/ui";
import { useListActs } from "@/rooms/contacts/data";
import { TagPicker } from "@/rooms/contacts/TagPicker";
import { EnrolListed } from "@/rooms/journeys/EnrolListed";
import { insightWords } from "./words";

type Act = "tag" | "audience" | "journey";

/** What a list of people in a report can become: tags, an audience of those who have one, members of a journey. */
export function ListedPeople({ memberIds }: { memberIds: number[] }) {
  const t = useT(insightWords);
  const can = useCan();
  const { locale } = useLocale();
  const [act, setAct] = useState<Act | null>(null);
  if (memberIds.length === 0) return null;
  const n = format.number(memberIds.length, locale);
  const close = (): void => { setAct(null); };
  return (
    <div className="row wrap listed-people">
      <span className="muted">{t("listedN", { n })}</span>
      {can("members.write") ? <Button size="small" onClick={() => { setAct("tag"); }}>{t("listedTag")}</Button> : null}
      {can("members.write") && can("audiences.write") ? <Button size="small" onClick={() => { setAct("audience"); }}>{t("listedAudience")}</Button> : null}
      {can("journeys.publish") ? <Button size="small" onClick={() => { setAct("journey"); }}>{t("listedJourney")}</Button> : null}
      {act === "tag" || act === "audience" ? <TagListed memberIds={memberIds} audience={act === "audience"} onClose={close} /> : null}
      {act === "journey" ? <EnrolListed memberIds={memberIds} onClose={close} /> : null}
    </div>
  );
}

/** Tags those listed; for an audience the builder opens with whoever has the tag. */
function TagListed({ memberIds, audience, onClose }: { memberIds: number[]; audience: boolean; onClose: () => void }) {
  const t = useT(insightWords);
  const { locale } = useLocale();
  const notify = useNotify();
  const navigate = useNavigate();
  const { bulkTags } = useListActs();
  const [tags, setTags] = useState<string[]>([]);
  const n = format.number(memberIds.length, locale);
  const run = async (): Promise<void> => {
    try {
      await bulkTags.mutateAsync({ member_ids: memberIds, add: tags, remove: [] });
      notify.done(t("listedTagged", { n }));
      onClose();
      if (audience) void navigate(`/audiences/new?${new URLSearchParams({ tree: JSON.stringify({ all: [{ tag: { all: tags } }] }), label: tags.join(" ") }).toString()}`);
    } catch (error) {
      notify.failed(error);
    }
  };
  return (
    <Modal open title={t("listedTagTitle", { n })} okText={t(audience ? "listedTagThenAudience" : "listedTag")} cancelText={t("cancel")} okButtonProps={{ disabled: tags.length === 0 }} confirmLoading={bulkTags.isPending} onCancel={onClose} onOk={() => void run()}>
      {audience ? <p className="muted" style={{ marginBottom: 12 }}>{t("listedAudienceHint")}</p> : null}
      <TagPicker value={tags} onChange={setTags} />
    </Modal>
  );
}
