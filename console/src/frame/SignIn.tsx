import { Button, Collapse, Form, Input } from "antd";
import { useEffect, useState } from "react";
import { Navigate, useSearchParams } from "react-router";
import { asProblem, useSession, useSignIn } from "@/api";
import { FormBanner, FormField, useLocale, useProblem, useT } from "@/ui";
import { Mark } from "./Mark";
import { LanguageButton, ThemeButton } from "./TopBar";
import { frameWords } from "./words";

/** Rings around a centre: a brand and the people near it. Quiet on purpose. */
function Rings() {
  const rings = [60, 105, 150, 195];
  const people = [[60, 20], [60, 200], [105, 80], [105, 160], [105, 300], [150, 40], [150, 120], [150, 230], [195, 10], [195, 65], [195, 175], [195, 280], [195, 330]] as const;
  return (
    <svg className="rings" viewBox="-205 -205 410 410" aria-hidden="true">
      {rings.map((radius, index) => <circle key={radius} r={radius} fill="none" stroke="#5fd0ae" strokeOpacity={0.5 - index * 0.1} />)}
      {people.map(([radius, angle]) => {
        const turn = (angle * Math.PI) / 180;
        return <circle key={`${String(radius)}-${String(angle)}`} cx={radius * Math.cos(turn)} cy={radius * Math.sin(turn)} r={radius < 100 ? 8 : 5.5} fill="#8fe3c7" opacity={1 - radius / 330} />;
      })}
      <circle r="18" fill="#ffffff" />
    </svg>
  );
}

/** Where to go after signing in: only an address of this console. */
function safeNext(next: string | null): string {
  return next?.startsWith("/") && !next.startsWith("//") ? next : "/";
}

function SignInForm() {
  const t = useT(frameWords);
  const problems = useProblem();
  const signIn = useSignIn();
  const problem = signIn.error ? asProblem(signIn.error) : null;
  const banner = problem ? (problem.code === "wrong_credentials" ? t("wrong") : problems.text(problem)) : null;
  return (
    <Form layout="vertical" size="large" requiredMark={false} onFinish={(values: { email: string; password: string }) => signIn.mutate({ email: values.email.trim(), password: values.password })}>
      <FormBanner text={banner} />
      <FormField name="email" label={t("email")} rules={[{ required: true, whitespace: true, message: t("emailNeeded") }]}>
        <Input type="email" autoComplete="username" autoFocus maxLength={200} />
      </FormField>
      <FormField name="password" label={t("password")} rules={[{ required: true, message: t("passwordNeeded") }]}>
        <Input.Password autoComplete="current-password" maxLength={200} />
      </FormField>
      <Button type="primary" htmlType="submit" block loading={signIn.isPending}>{t("signIn")}</Button>
    </Form>
  );
}

export default function SignIn() {
  const t = useT(frameWords);
  const { setLocale } = useLocale();
  const session = useSession();
  const [params] = useSearchParams();
  const [first] = useState(() => localStorage.getItem("siyu.locale") === null);
  useEffect(() => {
    document.title = `${t("signIn")} · Siyu`;
  }, [t]);
  const mine = session.data?.user.locale;
  useEffect(() => {
    // On a new device the account's language wins over the default.
    if (first && mine) setLocale(mine === "en" ? "en" : "zh");
  }, [first, mine, setLocale]);
  if (session.data) return <Navigate to={safeNext(params.get("next"))} replace />;
  return (
    <main className="sign-in">
      <div className="sign-in-side">
        <strong style={{ fontSize: 18 }}>Siyu 私域</strong>
        <Rings />
        <p>{t("signInLead")}</p>
      </div>
      <div style={{ display: "flex", flexDirection: "column", background: "var(--surface)" }}>
        <div className="sign-in-tools">
          <LanguageButton />
          <ThemeButton />
        </div>
        <div className="sign-in-form grow">
          <div className="sign-in-box">
            <Mark size={40} />
            <h1>{t("signIn")}</h1>
            <SignInForm />
            <Collapse ghost style={{ marginTop: 16, marginInline: -16 }} items={[{ key: "first", label: t("firstTime"), children: <p className="muted">{t("firstTimeHint")}</p> }]} />
          </div>
        </div>
      </div>
    </main>
  );
}
