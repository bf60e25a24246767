import { MoreOutlined, PauseCircleOutlined, PlayCircleOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import type { MenuProps } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, asProblem, ok, useCan } from "@/api";
import { format, useConfirm, useLocale, useNotify, useT } from "@/ui";
import { at, check, refresh, type JourneyDetail } from "./data";
import type { Draft } from "./useDraft";
import { journeyWords, runWords } from "./words";

interface Props {
  journey: JourneyDetail;
  draft: Draft;
  active: number | undefined;
  /** The draft says what is published already. */
  unchanged: boolean;
  onDryRun: () => void;
  onVersions: () => void;
  onFaults: () => void;
  onEnrol: () => void;
  onPublished: () => void;
}

/** Publish, pause, resume, end; each names the people it touches and asks once more. */
export function JourneyActions({ journey, draft, active, unchanged, onDryRun, onVersions, onFaults, onEnrol, onPublished }: Props) {
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
  const act = async (verb: "publish" | "pause" | "resume" | "end"): Promise<void> => {
    await ok(api.POST(`/api/v1/journeys/{journey_id}/${verb}`, at(id)));
    await refresh(cache);
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
      run: async () => { await act("publish"); onPublished(); },
      done: t("published", { n: (journey.version ?? 0) + 1 }),
    });
  };
  const people = active === undefined ? {} : { people: active };
  const pause = (): void => { confirm({ title: t("pauseAsk", { name }), body: t("pauseBody"), act: t("pause"), ...people, run: () => act("pause") }); };
  const end = (): void => { confirm({ title: t("endAsk", { name }), body: t("endBody"), act: t("end"), danger: true, ...people, run: () => act("end") }); };
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
  const onMenu: MenuProps["onClick"] = ({ key }) => { if (key === "versions") onVersions(); else if (key === "enrol") onEnrol(); else if (key === "end") end(); else remove(); };
  return (
    <>
      <Button onClick={onDryRun}>{t("dryRun")}</Button>
      {can("journeys.publish") && journey.state === "live" ? <Button icon={<PauseCircleOutlined aria-hidden />} onClick={pause}>{t("pause")}</Button> : null}
      {can("journeys.publish") && journey.state === "paused" ? <Button icon={<PlayCircleOutlined aria-hidden />} onClick={() => { act("resume").catch(notify.failed); }}>{t("resume")}</Button> : null}
      {can("journeys.publish") && journey.state !== "ended" ? <Button type="primary" disabled={unchanged} title={unchanged ? t("unchanged") : undefined} onClick={() => void publish()}>{journey.version === null ? t("publish") : t("publishNew")}</Button> : null}
      <Dropdown trigger={["click"]} menu={{ items, onClick: onMenu }}><Button icon={<MoreOutlined aria-hidden />} aria-label={t("more")} /></Dropdown>
    </>
  );
}
