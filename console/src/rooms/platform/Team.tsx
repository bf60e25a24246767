import { CheckOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, AutoComplete, Button, Collapse, Form, Input, Modal, Select } from "antd";
import { useCallback, useState } from "react";
import { api, asProblem, ME, ok, useMe } from "@/api";
import type { Schemas } from "@/api";
import { DataTable, EmptyState, FormBanner, FormField, PersonChip, useApiForm, useConfirm, useLabel, useNotify, useProblem, useT } from "@/ui";
import { useCloseGuard } from "@/ui/leaveGuard";
import { SecretDialog } from "./SecretDialog";
import { platformWords } from "./words";
import "./platform.css";

type Person = Schemas["TeamMember"];
type Invite = Schemas["InviteIn"];

const TEAM = ["users"];

function useAccess() {
  return useQuery({ queryKey: ["access"], queryFn: () => ok(api.GET("/api/v1/access")), staleTime: Infinity });
}

/** The roles there are; until they are known only `present`, so that it is never shown as its code. */
function useRoleOptions(present: string): { value: string; label: string }[] {
  const label = useLabel();
  const access = useAccess();
  return (access.data?.roles ?? [{ role: present }]).map(({ role }) => ({ value: role, label: label("role", role) }));
}

function InviteDialog({ onClose }: { onClose: () => void }) {
  const t = useT(platformWords);
  const cache = useQueryClient();
  const notify = useNotify();
  const roles = useRoleOptions("operator");
  const problems = useProblem();
  const [form] = Form.useForm<Invite>();
  const closing = useCloseGuard(() => form.isFieldsTouched(), onClose);
  // Who signs in already keeps name and password: the server says so, and is asked again without them.
  const [known, setKnown] = useState<string | null>(null);
  const send = useCallback(
    async (values: Invite) => {
      try {
        await ok(api.POST("/api/v1/users", { body: values }));
      } catch (error) {
        if (asProblem(error).code === "has_own_account") setKnown(problems.text(error));
        throw error;
      }
    },
    [problems],
  );
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: Invite) => {
    if (!(await submit(values))) return;
    notify.done(known ? t("invited") : undefined);
    onClose();
    await cache.invalidateQueries({ queryKey: TEAM });
  };
  const needed = [{ required: true, whitespace: true, message: t("needed") }];
  return (
    <Modal open title={t("addPerson")} okText={known ? t("invite") : t("add")} cancelText={t("cancel")} confirmLoading={busy} onCancel={closing} onOk={() => form.submit()}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ role: "operator" }} onFinish={(values: Invite) => void act(values)}>
        {known ? <Alert type="info" showIcon role="status" title={known} description={t("keepsOwn")} style={{ marginBottom: 16 }} /> : <FormBanner text={banner} />}
        <FormField name="email" label={t("email")} rules={needed}><Input type="email" maxLength={254} autoComplete="off" onChange={() => setKnown(null)} /></FormField>
        <FormField name="role" label={t("role")}><Select options={roles} /></FormField>
        {known ? null : (
          <>
            <FormField name="name" label={t("yourName")} rules={needed}><Input maxLength={100} autoComplete="off" /></FormField>
            <FormField name="password" label={t("firstPassword")} extra={t("firstPasswordHint")} rules={[...needed, { min: 10, message: t("tooShort") }]}>
              <Input.Password maxLength={200} autoComplete="new-password" />
            </FormField>
          </>
        )}
      </Form>
    </Modal>
  );
}

/** Another role is asked about first: what was held is lost at once, with the keys that rest on it. */
function RoleSelect({ person }: { person: Person }) {
  const t = useT(platformWords);
  const label = useLabel();
  const cache = useQueryClient();
  const confirm = useConfirm();
  const me = useMe();
  const roles = useRoleOptions(person.role);
  const ask = (role: string) => {
    confirm({
      title: t("changeRoleTitle", { name: person.name, from: label("role", person.role), to: label("role", role) }),
      body: person.id === me.user.id ? t("changeOwnRoleBody") : t("changeRoleBody"),
      act: t("changeRole"),
      danger: person.id === me.user.id,
      done: t("roleChanged"),
      run: async () => {
        await ok(api.PATCH("/api/v1/users/{user_id}", { params: { path: { user_id: person.id } }, body: { role } }));
        await cache.invalidateQueries({ queryKey: person.id === me.user.id ? ME : TEAM });
      },
    });
  };
  return <Select size="small" style={{ width: 120 }} value={person.role} options={roles} aria-label={`${t("changeRole")} ${person.name}`} onChange={ask} />;
}

function StaffDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const t = useT(platformWords);
  const cache = useQueryClient();
  const notify = useNotify();
  const known = useQuery({ queryKey: ["staff"], queryFn: () => ok(api.GET("/api/v1/staff")) });
  const [form] = Form.useForm<{ staff: string }>();
  const send = useCallback(
    ({ staff }: { staff: string }) => ok(api.PATCH("/api/v1/users/{user_id}", { params: { path: { user_id: person.id } }, body: { staff: staff || null } })),
    [person.id],
  );
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: { staff: string }) => {
    if (!(await submit(values))) return;
    notify.done();
    onClose();
    await Promise.all([cache.invalidateQueries({ queryKey: TEAM }), cache.invalidateQueries({ queryKey: ME })]);
  };
  return (
    <Modal open title={t("staffTitle", { name: person.name })} okText={t("save")} cancelText={t("cancel")} confirmLoading={busy} onCancel={onClose} onOk={() => form.submit()}>
      <Form form={form} name="staff-account" layout="vertical" requiredMark={false} initialValues={{ staff: person.staff ?? "" }} onFinish={(values: { staff: string }) => void act(values)}>
        <FormBanner text={banner} />
        <FormField name="staff" label={t("staff")} extra={t("staffHint")}>
          <AutoComplete allowClear maxLength={120} options={(known.data?.items ?? []).map((row) => ({ value: row.staff, label: t("staffCustomers", { staff: row.staff, n: row.customers }) }))} />
        </FormField>
      </Form>
    </Modal>
  );
}

function AccessTable() {
  const t = useT(platformWords);
  const label = useLabel();
  const access = useAccess().data;
  if (!access) return null;
  return (
    <div className="role-grid" tabIndex={0} role="region" aria-label={t("whatRoles")}>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">{t("permission")}</th>
            {access.roles.map(({ role }) => <th key={role} scope="col" className="nowrap">{label("role", role)}</th>)}
          </tr>
        </thead>
        <tbody>
          {access.permissions.map((permission) => (
            <tr key={permission.name}>
              <th scope="row" style={{ color: "var(--ink)" }}>{label("permission", permission.name)}</th>
              {access.roles.map((role) => (
                <td key={role.role}>{role.permissions.includes(permission.name) ? <CheckOutlined aria-label={t("allowed")} style={{ color: "var(--jade-text)" }} /> : <span className="sr-only">{t("no")}</span>}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export default function Team() {
  const t = useT(platformWords);
  const label = useLabel();
  const me = useMe();
  const cache = useQueryClient();
  const confirm = useConfirm();
  const [inviting, setInviting] = useState(false);
  const [linking, setLinking] = useState<Person | null>(null);
  const [firstPassword, setFirstPassword] = useState<string | null>(null);
  const query = useQuery({ queryKey: TEAM, queryFn: () => ok(api.GET("/api/v1/users")) });
  const remove = (person: Person) => {
    confirm({
      title: `${t("removePerson")} · ${person.name}`,
      body: t("removePersonBody", { name: person.name }),
      act: t("removePerson"),
      danger: true,
      run: async () => {
        await ok(api.DELETE("/api/v1/users/{user_id}", { params: { path: { user_id: person.id } } }));
        await cache.invalidateQueries({ queryKey: TEAM });
      },
    });
  };
  const withdraw = (person: Person) => {
    confirm({
      title: t("withdrawTitle", { email: person.email }),
      act: t("withdraw"),
      danger: true,
      run: async () => {
        await ok(api.DELETE("/api/v1/users/{user_id}/invitation", { params: { path: { user_id: person.id } } }));
        await cache.invalidateQueries({ queryKey: TEAM });
      },
    });
  };
  const reset = (person: Person) => {
    confirm({
      title: t("resetPasswordTitle", { name: person.name }),
      body: t("resetPasswordBody"),
      act: t("resetPassword"),
      danger: true,
      run: async () => {
        const answer = await ok(api.POST("/api/v1/users/{user_id}/password", { params: { path: { user_id: person.id } } }));
        setFirstPassword(answer.password);
      },
    });
  };
  return (
    <>
      <DataTable<Person>
        id="team"
        label={t("team")}
        rows={query.data?.items}
        rowKey={(person) => String(person.id)}
        loading={query.isFetching}
        error={query.error}
        onRetry={() => void query.refetch()}
        filters={<Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setInviting(true)}>{t("addPerson")}</Button>}
        empty={<EmptyState title={t("noPeople")} hint={t("noPeopleHint")} />}
        columns={[
          { key: "name", title: t("yourName"), render: (person) => <PersonChip name={person.name} note={person.invited ? `${person.email} · ${t("waitsForAnswer")}` : person.id === me.user.id ? `${person.email} · ${t("you")}` : person.email} />, text: (person) => person.name },
          { key: "email", title: t("email"), text: (person) => person.email, card: "none", hidden: true },
          { key: "role", title: t("role"), render: (person) => (person.invited ? label("role", person.role) : <RoleSelect person={person} />), text: (person) => person.role },
          {
            key: "staff", title: t("staff"), text: (person) => person.staff ?? "",
            render: (person) => (person.invited ? null : <Button type="link" size="small" aria-label={`${t("linkStaff")} ${person.name}`} onClick={() => setLinking(person)}>{person.staff ?? t("notLinked")}</Button>),
          },
          { key: "since", title: t("since"), moment: (person) => person.created_at, momentStyle: "day" },
          {
            key: "acts", title: t("actions"), align: "end",
            render: (person) => (person.invited ? <Button type="link" size="small" danger onClick={() => withdraw(person)}>{t("withdraw")}</Button> : person.id === me.user.id ? null : (
              <>
                <Button type="link" size="small" onClick={() => reset(person)}>{t("resetPassword")}</Button>
                <Button type="link" size="small" danger onClick={() => remove(person)}>{t("removePerson")}</Button>
              </>
            )),
          },
        ]}
      />
      <Collapse items={[{ key: "roles", label: t("whatRoles"), children: <AccessTable /> }]} />
      {firstPassword ? <SecretDialog secret={firstPassword} title={t("firstPassword")} hint={t("firstPasswordOnce")} onClose={() => setFirstPassword(null)} /> : null}
      {linking ? <StaffDialog person={linking} onClose={() => setLinking(null)} /> : null}
      {inviting ? <InviteDialog onClose={() => setInviting(false)} /> : null}
    </>
  );
}
