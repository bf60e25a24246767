import { Alert, Button, Drawer } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { api, ok, useCan } from "@/api";
import { Time, useConfirm, useLabel, useT } from "@/ui";
import { MemberChip, memberName } from "@/rooms/contacts/MemberChip";
import { MESSAGES, type Message } from "./data";
import { MessageSource, MessageStateTag } from "./MessageState";
import { channelWords } from "./words";

interface Props {
  message: Message | null;
  names: Map<string, string>;
  onClose: () => void;
}

const OUTCOMES = { delivered: "doubtSent", failed: "doubtNot", queued: "doubtAgain" } as const;

function Doubt({ message, onDone }: { message: Message; onDone: () => void }) {
  const t = useT(channelWords);
  const can = useCan();
  const confirm = useConfirm();
  const cache = useQueryClient();
  const settle = (outcome: "delivered" | "failed" | "queued"): void => {
    confirm({
      title: t(OUTCOMES[outcome]), body: t("toMember", { name: memberName(message.member_id, message.member_name) }), people: 1, act: t("confirm"), done: t("resolved"),
      run: async () => {
        await ok(api.POST("/api/v1/messages/{message_id}/resolve", { params: { path: { message_id: message.id } }, body: { outcome } }));
        await cache.invalidateQueries({ queryKey: MESSAGES });
        onDone();
      },
    });
  };
  return (
    <Alert
      type="warning" title={t("doubtTitle")}
      description={
        <div className="stack tight">
          <p>{t("doubtWhy")}</p>
          {can("messages.resolve") ? (
            <div className="row wrap">
              <Button onClick={() => { settle("delivered"); }}>{t("doubtSent")}</Button>
              <Button onClick={() => { settle("failed"); }}>{t("doubtNot")}</Button>
              <Button onClick={() => { settle("queued"); }}>{t("doubtAgain")}</Button>
            </div>
          ) : null}
        </div>
      }
    />
  );
}

const WAITING: ReadonlySet<string> = new Set(["queued", "held"]);

function CancelButton({ message, onDone }: { message: Message; onDone: () => void }) {
  const t = useT(channelWords);
  const can = useCan();
  const confirm = useConfirm();
  const cache = useQueryClient();
  if (!can("messages.cancel") || !WAITING.has(message.state)) return null;
  const cancel = (): void => {
    confirm({
      title: t("cancelOneAsk"), body: t("cancelBody"), people: 1, act: t("cancelAct"), danger: true, done: t("cancelledN", { n: 1 }),
      run: async () => {
        await ok(api.POST("/api/v1/messages/{message_id}/cancel", { params: { path: { message_id: message.id } } }));
        await cache.invalidateQueries({ queryKey: MESSAGES });
        onDone();
      },
    });
  };
  return <Button danger onClick={cancel}>{t("cancelOne")}</Button>;
}

/** One message: to whom, what it says, what became of it and why. */
export function MessageDrawer({ message, names, onClose }: Props) {
  const t = useT(channelWords);
  const label = useLabel();
  return (
    <Drawer open={message !== null} size={440} title={t("details")} onClose={onClose} destroyOnHidden>
      {message ? (
        <div className="stack">
          <div className="row between"><MemberChip id={message.member_id} name={message.member_name} /><MessageStateTag state={message.state} /></div>
          {message.state === "in_doubt" ? <Doubt message={message} onDone={onClose} /> : null}
          <CancelButton message={message} onDone={onClose} />
          {message.text ? <blockquote className="message-text">{message.text}</blockquote> : <p className="muted">{t("noText")}</p>}
          <dl className="message-facts">
            {message.reason ? <><dt>{t("reason")}</dt><dd>{label("message_reason", message.reason)}</dd></> : null}
            <dt>{t("channel")}</dt><dd>{label("channel", message.channel)}</dd>
            <dt>{t("source")}</dt><dd><MessageSource message={message} names={names} /></dd>
            {message.detail ? <><dt>{t("platformSaid")}</dt><dd>{message.detail}</dd></> : null}
            {message.template_name ? <><dt>{t("template")}</dt><dd>{message.template_name}</dd></> : null}
            <dt>{t("purpose")}</dt><dd>{label("message_purpose", message.purpose)}</dd>
            {message.staff ? <><dt>{t("staff")}</dt><dd>{message.staff}</dd></> : null}
            <dt>{t("when")}</dt><dd><Time value={message.planned_at} zone /></dd>
            {message.state === "queued" ? <><dt>{t("due")}</dt><dd><Time value={message.due_at} zone /></dd></> : null}
            <dt>{t("changed")}</dt><dd><Time value={message.changed_at} zone /></dd>
          </dl>
        </div>
      ) : null}
    </Drawer>
  );
}
