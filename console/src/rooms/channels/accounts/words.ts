import { words } from "@/ui";

export const accountWords = words({
  channel: ["渠道", "Channel"],
  lastSync: ["上次同步", "Last sync"],
  connect: ["连接{channel}", "Connect {channel}"],
  change: ["修改{channel}账号", "Change an account of {channel}"],
  noAccounts: ["还没有渠道账号", "No channel accounts yet"],
  noAccountsHint: ["连接渠道账号后，才能给客户发消息、接收平台的回调。", "Connect an account to message customers and to hear from its platform."],
  accountName: ["账号名称", "Account name"],
  keepSecret: ["已保存，留空表示不修改", "Kept; leave empty to keep it"],
  setLimits: ["另设限额", "Set other limits"],
  noTemplate: ["不发送", "None"],
  check: ["检查连接", "Check"],
  checkedAt: ["上次检查", "Last check"],
  sync: ["同步客户", "Sync customers"],
  synced: ["已开始同步", "Sync started"],
  callback: ["回调地址", "Callback address"],
  dropAccount: ["删除账号", "Delete account"],
  dropAccountTitle: ["删除“{name}”？", "Delete “{name}”?"],
  dropAccountBody: ["用它的旅程将无法发送。已发送的记录会保留。", "Journeys that use it can no longer send. The record of what was sent stays."],
});
