import { useEffect, useRef, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { whenBack } from "@/api/connection";
import { asProblem, type FieldFault, type Problem } from "@/api";
import { check, journeyKey, saveDraft, type JourneyDetail } from "./data";
import type { Graph, StepKinds } from "./graph";
import { openEnds } from "./openEnds";

const PAUSE_MS = 700;

export type SaveState = "saved" | "waiting" | "saving" | "failed";

export interface Draft {
  name: string;
  graph: Graph;
  state: SaveState;
  problem: Problem | null;
  faults: FieldFault[];
  setName: (name: string) => void;
  setGraph: (graph: Graph) => void;
  /** Saves at once what is waiting; throws the refusal. */
  flush: () => Promise<void>;
  undo: (() => void) | null;
}

const UNDO_MAX = 50;

/** The draft under the pen: saved by itself after a pause, checked by the server after every save. */
export function useDraft(journey: JourneyDetail, kinds: StepKinds): Draft {
  const id = journey.id;
  const cache = useQueryClient();
  const [name, setNameNow] = useState(journey.name);
  const [graph, setGraphNow] = useState<Graph>(() => openEnds(kinds, journey.draft));
  const [past, setPast] = useState<Graph[]>([]);
  const [state, setState] = useState<SaveState>("saved");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [faults, setFaults] = useState<FieldFault[]>([]);
  const latest = useRef({ name, graph });
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  const look = async (): Promise<void> => {
    try {
      setFaults((await check(id)).errors);
    } catch (error) {
      setFaults(asProblem(error).faults);
    }
  };
  const save = async (): Promise<void> => {
    if (timer.current) clearTimeout(timer.current);
    timer.current = null;
    setState("saving");
    try {
      const kept = await saveDraft(kinds, id, latest.current);
      cache.setQueryData(journeyKey(id), { ...kept, draft: latest.current.graph, name: latest.current.name });
      setProblem(null);
      setState(timer.current === null ? "saved" : "waiting");
      await look();
    } catch (error) {
      const refused = asProblem(error);
      setProblem(refused);
      setFaults(refused.faults);
      setState("failed");
      throw refused;
    }
  };
  const again = useRef((): void => undefined);
  useEffect(() => {
    again.current = () => { if (state === "failed" && (problem?.status === 0 || problem?.status === 401)) save().catch(() => undefined); };
  });
  useEffect(() => whenBack(() => { again.current(); }), []);
  const later = (): void => {
    setState("waiting");
    if (timer.current) clearTimeout(timer.current);
    timer.current = setTimeout(() => { save().catch(() => undefined); }, PAUSE_MS);
  };
  useEffect(() => {
    const first = setTimeout(() => void look(), 0);
    return () => {
      clearTimeout(first);
      // Leaving the page must not lose the last edit.
      if (timer.current) {
        clearTimeout(timer.current);
        saveDraft(kinds, id, latest.current).catch(() => undefined);
      }
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id]);

  const put = (next: Graph): void => {
    latest.current = { ...latest.current, graph: next };
    setGraphNow(next);
    later();
  };
  return {
    name, graph, state, problem, faults,
    setName: (next) => { latest.current = { ...latest.current, name: next }; setNameNow(next); later(); },
    setGraph: (next) => { setPast((old) => [...old, graph].slice(-UNDO_MAX)); put(next); },
    flush: async () => { if (state !== "saved") await save(); },
    undo: past.length
      ? () => {
          const last = past.at(-1);
          setPast((old) => old.slice(0, -1));
          if (last) put(last);
        }
      : null,
  };
}
