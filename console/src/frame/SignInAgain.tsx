import { useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Modal } from "antd";
import { asProblem, ME, useMe, useSignInAgain } from "@/api";
import { sessionEnd } from "@/api/connection";
import { FormBanner, FormField, useProblem, useT } from "@/ui";
import { frameWords } from "./words";

/** The session has ended: one signs in over the page, which keeps what was typed. */
export default function SignInAgain() {
  const t = useT(frameWords);
  const me = useMe();
  const cache = useQueryClient();
  const problems = useProblem();
  const signIn = useSignInAgain();
  const problem = signIn.error ? asProblem(signIn.error) : null;
  const leave = (): void => {
    sessionEnd.mark(false);
    cache.setQueryData(ME, null);
  };
  return (
    <Modal open title={t("ended")} closable={false} keyboard={false} mask={{ closable: false }} footer={null} width={400} zIndex={2000}>
      <p className="muted">{t("endedKept")}</p>
      <Form layout="vertical" requiredMark={false} style={{ marginTop: 16 }} onFinish={(values: { password: string }) => { signIn.mutate({ email: me.user.email, password: values.password }); }}>
        <FormBanner text={problem ? (problem.code === "wrong_credentials" ? t("wrong") : problems.text(problem)) : null} />
        <FormField label={t("email")}><Input value={me.user.email} readOnly autoComplete="username" /></FormField>
        <FormField name="password" label={t("password")} rules={[{ required: true, message: t("passwordNeeded") }]}>
          <Input.Password autoFocus autoComplete="current-password" maxLength={200} />
        </FormField>
        <div className="row between">
          <Button type="text" onClick={leave}>{t("otherAccount")}</Button>
          <Button type="primary" htmlType="submit" loading={signIn.isPending}>{t("signInAgain")}</Button>
        </div>
      </Form>
    </Modal>
  );
}
