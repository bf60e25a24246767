import { Button, Switch } from "antd-mobile";
import { useEffect, useState } from "react";
import { choose, read, Refused } from "./api";
import type { Preferences as Answer } from "./api";
import { firstLocale, say } from "./words";
import type { Locale, Word } from "./words";

/** A link that opens nothing says why and what to do; anything else may be tried again. */
function Trouble({ t, locale, refused, onRetry }: { t: (word: Word) => string; locale: Locale; refused: Refused | null; onRetry: () => void }) {
  const reason = refused && (refused.status === 404 || refused.status === 410) ? refused.reason : null;
  return (
    <div className="trouble" role="alert">
      <h1>{reason ? (locale === "zh" ? reason.title_zh : reason.title) : t("unreachable")}</h1>
      <p>{reason ? (locale === "zh" ? reason.detail_zh : reason.detail) : t("unreachableHint")}</p>
      {reason ? null : <Button color="primary" fill="outline" onClick={onRetry}>{t("retry")}</Button>}
    </div>
  );
}

interface FormProps {
  token: string;
  first: Answer;
  locale: Locale;
  t: (word: Word, values?: Record<string, string>) => string;
}

function Form({ token, first, locale, t }: FormProps) {
  const [answer, setAnswer] = useState(first);
  const [before, setBefore] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const [note, setNote] = useState<Word | null>(null);
  const on = answer.channels.filter((item) => item.state === "given").map((item) => item.channel);
  const send = async (act: () => Promise<Answer>, undo: string[]) => {
    setBusy(true);
    setNote(null);
    try {
      setAnswer(await act());
      setBefore(undo);
      setNote("saved");
    } catch {
      setNote("failed");
    } finally {
      setBusy(false);
    }
  };
  const off = () => void send(() => choose(token, null, false), on);
  const flip = (channel: string, optedIn: boolean) => void send(() => choose(token, channel, optedIn), []);
  // A yes is said for each channel by itself: nobody opts in to everything by one tap.
  const undo = () =>
    void send(async () => {
      let last = answer;
      for (const channel of before) last = await choose(token, channel, true);
      return last;
    }, []);
  return (
    <>
      <h1>{t("of", { brand: answer.shop })}</h1>
      <p className="lead">{t("lead")}</p>
      <h2>{t("channels")}</h2>
      <ul className="channels">
        {answer.channels.map((item) => (
          <li key={item.channel}>
            <span id={`channel-${item.channel}`}>
              {item[locale]}
              <small>{t(item.state === "given" ? "on" : "off")}</small>
            </span>
            <span role="presentation" className="switch">
              <Switch checked={item.state === "given"} disabled={busy} onChange={(optedIn) => flip(item.channel, optedIn)} aria-labelledby={`channel-${item.channel}`} />
            </span>
          </li>
        ))}
      </ul>
      <div className="act">
        {answer.stopped ? (
          <div className="done" role="status">
            <strong>{t("allOffDone")}</strong>
            <p>{t("allOffHint")}</p>
            {before.length > 0 ? <Button fill="none" color="primary" loading={busy} onClick={undo}>{t("undo")}</Button> : null}
          </div>
        ) : (
          <Button block size="large" color="default" loading={busy} onClick={off}>{t("allOff")}</Button>
        )}
        <p className={note === "failed" ? "note bad" : "note"} role="status">{note ? t(note) : ""}</p>
      </div>
    </>
  );
}

/** Which messages a member gets. Everything off is one tap; nothing is ticked for them. */
export function Preferences({ token }: { token: string }) {
  const [locale, setLocale] = useState<Locale>(firstLocale);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [failure, setFailure] = useState<{ refused: Refused | null } | null>(null);
  const [round, setRound] = useState(0);
  const t = (word: Word, values?: Record<string, string>) => say(locale, word, values);
  useEffect(() => {
    document.documentElement.lang = locale === "zh" ? "zh-CN" : "en";
    document.title = say(locale, "title");
  }, [locale]);
  useEffect(() => {
    let gone = false;
    read(token).then(
      (preferences) => {
        if (!gone) setAnswer(preferences);
      },
      (error: unknown) => {
        if (!gone) setFailure({ refused: error instanceof Refused ? error : null });
      },
    );
    return () => {
      gone = true;
    };
  }, [token, round]);
  const turn = () => {
    const next = locale === "zh" ? "en" : "zh";
    localStorage.setItem("siyu.pages.locale", next);
    setLocale(next);
  };
  const again = () => {
    setFailure(null);
    setRound(round + 1);
  };
  return (
    <main>
      <button type="button" className="language" lang={locale === "zh" ? "en" : "zh-CN"} onClick={turn}>{t("language")}</button>
      {answer ? <Form token={token} first={answer} locale={locale} t={t} /> : failure ? <Trouble t={t} locale={locale} refused={failure.refused} onRetry={again} /> : <p className="loading" role="status">{t("loading")}</p>}
    </main>
  );
}
