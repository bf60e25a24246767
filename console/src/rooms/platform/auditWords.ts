import type { Words } from "@/ui";

/** What was done, as a sentence's verb; keyed by `what.verb` of a setting_changed fact. */
export const AUDIT_WORDS: Words = {
  "workspace.founded": ["创建了品牌", "founded the brand"],
  "workspace.changed": ["修改了品牌设置", "changed the brand's settings"],
  "user.added": ["添加了成员", "added to the team"],
  "user.removed": ["移出了成员", "removed from the team"],
  "user.role_changed": ["调整了角色", "changed the role of"],
  "user.password_changed": ["修改了密码", "changed the password"],
  "api_key.made": ["新建了 API 密钥", "made the API key"],
  "api_key.dropped": ["停用了 API 密钥", "revoked the API key"],
  "calm.set": ["修改了触达规矩", "changed the calm"],
  "members.exported": ["导出了客户", "exported members"],
  "template.retired": ["删除了模板", "deleted the template"],
};

/** Words for kinds of things and verbs, for acts that have no sentence of their own. */
export const THING_WORDS: Words = {
  workspace: ["品牌", "brand"],
  user: ["成员", "person"],
  api_key: ["API 密钥", "API key"],
  tag: ["标签", "tag"],
  tag_group: ["标签组", "tag group"],
  attribute: ["属性", "attribute"],
  audience: ["人群", "audience"],
  template: ["模板", "template"],
  journey: ["旅程", "journey"],
  calm: ["触达规矩", "calm"],
  channel_account: ["渠道账号", "channel account"],
  account: ["渠道账号", "channel account"],
  import: ["导入", "import"],
  message: ["消息", "message"],
  member: ["客户", "member"],
};

export const VERB_WORDS: Words = {
  made: ["新建了", "made"],
  added: ["添加了", "added"],
  created: ["新建了", "made"],
  saved: ["保存了", "saved"],
  changed: ["修改了", "changed"],
  updated: ["修改了", "changed"],
  renamed: ["重命名了", "renamed"],
  removed: ["删除了", "removed"],
  deleted: ["删除了", "deleted"],
  dropped: ["删除了", "dropped"],
  drawn: ["新建了", "made"],
  discarded: ["删除了", "deleted"],
  connected: ["连接了", "connected"],
  published: ["发布了", "published"],
  paused: ["暂停了", "paused"],
  resumed: ["继续了", "resumed"],
  ended: ["结束了", "ended"],
  started: ["开始了", "started"],
  cancelled: ["取消了", "cancelled"],
  checked: ["检查了", "checked"],
  synced: ["同步了", "synced"],
  moved: ["移动了", "moved"],
  resolved: ["核实了", "settled"],
  enrolled: ["加入了", "enrolled members in"],
};
