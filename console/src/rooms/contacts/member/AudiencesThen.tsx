import { useQuery } from "@tanstack/react-query";
import { Button, Popover } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { api, ok } from "@/api";
import { ErrorState, Loading, Time, useT } from "@/ui";
import { MEMBERS } from "../data";
import { contactsWords } from "../words";

function Then({ memberId, at }: { memberId: string; at: string }) {
  const t = useT(contactsWords);
  const query = useQuery({
    queryKey: [...MEMBERS, memberId, "audiences", at],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/members/{member_id}/audiences", { params: { path: { member_id: Number(memberId) }, query: { at } }, signal })),
  });
  if (query.isPending) return <Loading rows={2} />;
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.items.length === 0) return <span className="muted">{t("audiencesThenNone")}</span>;
  return (
    <ul className="audiences-then">
      {query.data.items.map((audience) => (
        <li key={audience.id}>
          <Link to={`/audiences/${String(audience.id)}`}>{audience.label || audience.name}</Link>
          <span className="muted"> {t("audiencesThenSince")} <Time value={audience.entered_at} /></span>
        </li>
      ))}
    </ul>
  );
}

/** The audiences a member was in when something happened, asked for when somebody wants to know. */
export function AudiencesThen({ memberId, at }: { memberId: string; at: string }) {
  const t = useT(contactsWords);
  const [open, setOpen] = useState(false);
  return (
    <Popover trigger="click" open={open} onOpenChange={setOpen} title={t("audiencesThenTitle")} content={open ? <Then memberId={memberId} at={at} /> : null}>
      <Button type="link" size="small" className="fact-then" aria-expanded={open}>{t("audiencesThen")}</Button>
    </Popover>
  );
}
