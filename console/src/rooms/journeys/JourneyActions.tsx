import { MoreOutlined, PauseCircleOutlined, PlayCircleOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import type { MenuProps } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, asProblem, ok, useCan } from "@/api";
import { format, useConfirm, useLocale, useNotify, useT } from "@/ui";
import { at, check, refresh, type JourneyDetail } from "./data";
import type { Draft } from "./useDraft";
import { WaitingMessages, type WaitingChoice } from "./WaitingMessages";
import { journeyWords, runWords } from "./words";

interface Props {
  journey: JourneyDetail;
  draft: Draft;
  /** The draft says what is published already. */
  unchanged: boolean;
  onDryRun: () => void;
  onVersions: () => void;
  onFaults: () => void;
  onEnrol: () => void;
  onPublished: () => void;
}

/** Publish, pause, resume, end; each names the people it touches and asks once more. */
export function JourneyActions({ journey, draft, unchanged, onDryRun, onVersions, onFaults, onEnrol, onPublished }: Props) {
  const t = useT(journeyWords);
  const run = useT(runWords);
  const { locale } = useLocale();
  const can = useCan();
  const confirm = useConfirm();
  const notify = useNotify();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const id = journey.id;
  const name = draft.name;
  const pause = async (): Promise<void> => {
    await ok(api.POST("/api/v1/journeys/{journey_id}/pause", at(id)));
    await refresh(cache);
  };
  const put = async (expected: number): Promise<void> => {
    await ok(api.POST("/api/v1/journeys/{journey_id}/publish", { ...at(id), body: { expected } }));
    await refresh(cache);
  };
  const release = async (verb: "resume" | "end", messages: WaitingChoice, expected: number): Promise<void> => {
    await ok(api.POST(`/api/v1/journeys/{journey_id}/${verb}`, { ...at(id), body: { messages, expected } }));
    await refresh(cache);
    await cache.invalidateQueries({ queryKey: ["messages"] });
  };
  const publish = async (): Promise<void> => {
    let touched: number | null | undefined;
    try {
      await draft.flush();
      const result = await check(id);
      if (result.errors.length) { onFaults(); return; }
      touched = result.touched;
    } catch (error) {
      if (asProblem(error).faults.length) onFaults();
      else notify.failed(error);
      return;
    }
    confirm({
      title: t("publishAsk", { name }), act: t("publish"),
      body: (
        <div className="stack tight">
          {touched ? <strong className="num">{t("publishTouched", { n: format.number(touched, locale) })}</strong> : null}
          <span>{t("publishLater")}</span>
        </div>
      ),
      run: async () => { await put(touched ?? 0); onPublished(); },
      done: t("published", { n: (journey.version ?? 0) + 1 }),
    });
  };
  /** Asks with the numbers of this moment: who is under way, and what waits to be sent. */
  const ask = async (verb: "pause" | "resume" | "end"): Promise<void> => {
    const { active, messages } = await ok(api.GET("/api/v1/journeys/{journey_id}", at(id)));
    if (verb === "pause") {
      confirm({
        title: t("pauseAsk", { name }), act: t("pause"), people: active, run: pause,
        body: <div className="stack tight"><WaitingMessages messages={messages} /><span>{t("pauseBody")}</span></div>,
      });
      return;
    }
    let choice: WaitingChoice = verb === "end" ? "cancel" : "send";
    const body = <WaitingMessages messages={messages} choice={{ first: choice, onChange: (next) => { choice = next; } }} />;
    const run = () => release(verb, choice, messages.queued + messages.held);
    if (verb === "resume") confirm({ title: t("resumeAsk", { name }), act: t("resume"), people: active, run, body: <div className="stack tight">{body}<span>{t("resumeBody")}</span></div> });
    else confirm({ title: t("endAsk", { name }), act: t("end"), danger: true, people: active, run, body: <div className="stack tight">{body}<span>{t("endBody")}</span></div> });
  };
  const asking = (verb: "pause" | "resume" | "end"): void => { ask(verb).catch(notify.failed); };
  const remove = (): void => {
    confirm({
      title: t("deleteAsk", { name }), body: t("irreversible"), act: t("remove"), danger: true,
      run: async () => {
        await ok(api.DELETE("/api/v1/journeys/{journey_id}", at(id)));
        await refresh(cache);
        void navigate("/journeys");
      },
    });
  };
  const items: NonNullable<MenuProps["items"]> = [{ key: "versions", label: t("versions") }];
  if (can("journeys.publish") && journey.state === "live") items.push({ key: "enrol", label: run("enrolTitle") });
  if (can("journeys.publish") && (journey.state === "live" || journey.state === "paused")) items.push({ key: "end", label: t("end"), danger: true });
  if (can("journeys.write") && journey.state === "draft") items.push({ key: "remove", label: t("remove"), danger: true });
  const onMenu: MenuProps["onClick"] = ({ key }) => { if (key === "versions") onVersions(); else if (key === "enrol") onEnrol(); else if (key === "end") asking("end"); else remove(); };
  return (
    <>
      <Button onClick={onDryRun}>{t("dryRun")}</Button>
      {can("journeys.publish") && journey.state === "live" ? <Button icon={<PauseCircleOutlined aria-hidden />} onClick={() => { asking("pause"); }}>{t("pause")}</Button> : null}
      {can("journeys.publish") && journey.state === "paused" ? <Button icon={<PlayCircleOutlined aria-hidden />} onClick={() => { asking("resume"); }}>{t("resume")}</Button> : null}
      {can("journeys.publish") && journey.state !== "ended" ? <Button type="primary" disabled={unchanged} title={unchanged ? t("unchanged") : undefined} onClick={() => void publish()}>{journey.version === null ? t("publish") : t("publishNew")}</Button> : null}
      <Dropdown trigger={["click"]} menu={{ items, onClick: onMenu }}><Button icon={<MoreOutlined aria-hidden />} aria-label={t("more")} /></Dropdown>
    </>
  );
}
