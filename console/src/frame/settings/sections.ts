/** The sections of the settings and the permission each needs to be seen. */
export interface Section {
  key: "account" | "workspace" | "team" | "keys" | "calm" | "accounts" | "operation" | "audit";
  lead: "accountLead" | "workspaceLead" | "teamLead" | "keysLead" | "calmLead" | "accountsLead" | "operationLead" | "auditLead";
  permission?: string;
}

export const SECTIONS: Section[] = [
  { key: "account", lead: "accountLead" },
  { key: "workspace", lead: "workspaceLead" },
  { key: "team", lead: "teamLead", permission: "users.manage" },
  { key: "calm", lead: "calmLead", permission: "calm.read" },
  { key: "accounts", lead: "accountsLead", permission: "accounts.read" },
  { key: "keys", lead: "keysLead", permission: "keys.manage" },
  { key: "operation", lead: "operationLead", permission: "operation.read" },
  { key: "audit", lead: "auditLead", permission: "audit.read" },
];
