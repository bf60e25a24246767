import { CaretRightOutlined, CloseOutlined, PauseOutlined, PlusOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Button, Drawer, Select } from "antd";
import { useEffect, useState } from "react";
import { api, ok } from "@/api";
import { DurationInput, ErrorState, Field, Loading, MomentInput, Time, useIsPhone, useLabel, useLocalized, useT, useZoneLabel, withinSentence } from "@/ui";
import { MemberPicker, type PickedMember } from "@/rooms/contacts/MemberPicker";
import { factOptions } from "@/rooms/audience/tree";
import type { Language } from "@/rooms/audience/tree";
import { at, type AssumedFact, type DryRun, type JourneyDetail, type Moment } from "./data";
import type { Lit } from "./canvas/scope";
import type { Graph } from "./graph";
import { stepTitle, type Describer } from "./describe";
import { runWords } from "./words";

interface Props {
  journey: JourneyDetail;
  graph: Graph;
  flush: () => Promise<void>;
  language: Language;
  describer: Describer;
  open: boolean;
  onClose: () => void;
  onLit: (lit: Lit | null) => void;
}

interface Supposed {
  fact: string;
  /** Seconds after the start. */
  after: number;
}

const BEAT_MS = 900;
const FACTS_MAX = 10;

/** Plays the moments one after another; the caller lights the steps. */
function usePlayer(moments: Moment[], onLit: (lit: Lit | null) => void) {
  const [at, setAt] = useState(-1);
  const [playing, setPlaying] = useState(false);
  const show = (index: number): void => {
    setAt(index);
    const seen = new Set(moments.slice(0, index + 1).flatMap((moment) => (moment.node ? [moment.node] : [])));
    onLit({ now: moments[index]?.node ?? null, seen });
  };
  useEffect(() => {
    if (!playing) return undefined;
    if (at >= moments.length - 1) {
      const stop = setTimeout(() => { setPlaying(false); }, 0);
      return () => { clearTimeout(stop); };
    }
    const timer = setTimeout(() => { show(at + 1); }, at < 0 ? 0 : BEAT_MS);
    return () => { clearTimeout(timer); };
  });
  return {
    at, playing, show,
    play: () => { if (at >= moments.length - 1) setAt(-1); setPlaying(true); },
    stop: () => { setPlaying(false); },
  };
}

/** What the member would receive, or why they would not, or not yet. */
function MessagePreview({ message }: { message: NonNullable<Moment["message"]> }) {
  const t = useT(runWords);
  const label = useLabel();
  const reason = withinSentence(label("message_reason", message.reason));
  const lead = message.state === "withheld" ? t("messageHeld", { why: reason }) : reason ? t("messageLater", { why: reason }) : t("message");
  return (
    <blockquote className="template-text">
      <span className="muted">{lead} {reason && message.due_at ? <Time value={message.due_at} /> : null}</span>
      {`\n${message.text}`}
    </blockquote>
  );
}

function Timeline({ run, describer, graph, onLit }: { run: DryRun; describer: Describer; graph: Graph; onLit: (lit: Lit | null) => void }) {
  const t = useT(runWords);
  const localized = useLocalized();
  const player = usePlayer(run.moments, onLit);
  return (
    <section className="panel-part">
      <div className="row between">
        <h3>{t("timeline")}</h3>
        <Button size="small" icon={player.playing ? <PauseOutlined aria-hidden /> : <CaretRightOutlined aria-hidden />} onClick={player.playing ? player.stop : player.play}>{player.playing ? t("stop") : t("play")}</Button>
      </div>
      <ol className="moments">
        {run.moments.map((moment, index) => {
          return (
            <li key={index} className={index === player.at ? "now" : ""}>
              <button type="button" onClick={() => { player.stop(); player.show(index); }}>
                <span className="moment-time"><Time value={moment.at} /></span>
                <span>{moment.node && graph.nodes[moment.node] ? <strong>{stepTitle(moment.node, describer)} </strong> : null}{localized(moment.what)}</span>
              </button>
              {moment.message ? <MessagePreview message={moment.message} /> : null}
            </li>
          );
        })}
      </ol>
      {run.outcome ? <p><strong>{t("outcome")}</strong> {localized(run.outcome)}</p> : null}
    </section>
  );
}

/** Walks one member through the draft with the clock moved; nothing is sent. */
export function DryRunDrawer({ journey, graph, flush, language, describer, open, onClose, onLit }: Props) {
  const t = useT(runWords);
  const zone = useZoneLabel();
  const phone = useIsPhone();
  const [member, setMember] = useState<PickedMember | null>(null);
  const [start, setStart] = useState(() => new Date().toISOString());
  const [facts, setFacts] = useState<Supposed[]>([]);
  const call = useMutation({
    mutationFn: async (id: string) => {
      await flush();
      const begin = new Date(start);
      const assumed: AssumedFact[] = facts.filter((item) => item.fact).map((item) => ({ fact: item.fact, at: new Date(begin.getTime() + item.after * 1000).toISOString(), props: {} }));
      return ok(api.POST("/api/v1/journeys/{journey_id}/dry-run", { ...at(journey.id), body: { member_id: Number(id), start: begin.toISOString(), facts: assumed } }));
    },
    onSuccess: () => { onLit({ now: null, seen: new Set() }); },
  });
  const put = (index: number, next: Supposed): void => { setFacts(facts.map((old, at) => (at === index ? next : old))); };
  return (
    <Drawer open={open} size={460} mask={phone} title={describer.t("dryRun")} onClose={onClose} destroyOnHidden>
      <div className="stack">
        <p className="muted">{t("nobodySent")}</p>
        <Field label={t("who")}>{() => <MemberPicker label={t("pickMember")} value={member} onChange={setMember} />}</Field>
        <Field label={t("start")} hint={zone}>{(id) => <MomentInput id={id} value={start} onChange={setStart} />}</Field>
        <section className="panel-part">
          <h3>{t("facts")}</h3>
          {facts.map((item, index) => (
            <div key={index} className="row wrap where-row">
              <Select
                aria-label={t("addFact")} style={{ width: 150 }} showSearch={{ optionFilterProp: "label" }} value={item.fact || undefined} options={factOptions(language, describer.locale)}
                onChange={(fact: string) => { put(index, { ...item, fact }); }}
              />
              <span className="muted">{t("after")}</span>
              <DurationInput id={`suppose-${index}`} value={item.after} onChange={(after) => { put(index, { ...item, after }); }} />
              <Button type="text" size="small" icon={<CloseOutlined aria-hidden />} aria-label={t("removeFact")} onClick={() => { setFacts(facts.filter((_, at) => at !== index)); }} />
            </div>
          ))}
          <Button type="text" size="small" icon={<PlusOutlined aria-hidden />} disabled={facts.length >= FACTS_MAX} onClick={() => { setFacts([...facts, { fact: "", after: 86_400 }]); }}>{t("addFact")}</Button>
        </section>
        <Button type="primary" disabled={!member || !start} loading={call.isPending} onClick={() => { if (member) call.mutate(member.id); }}>{call.data ? t("again") : t("run")}</Button>
        {call.isPending ? <Loading rows={4} /> : null}
        {call.error ? <ErrorState error={call.error} title={describer.t("dryRunFailed")} /> : null}
        {call.data ? <Timeline key={call.submittedAt} run={call.data} describer={describer} graph={graph} onLit={onLit} /> : null}
      </div>
    </Drawer>
  );
}
