import { words } from "@/ui";

export const settingsWords = words({
  settings: ["设置", "Settings"],
  settingsLead: ["品牌、团队、渠道账号与触达频控都在这里。", "The brand, the team, channel accounts, caps and quiet hours."],
  account: ["账号与密码", "Account and password"],
  accountLead: ["你的称呼、语言和登录密码。", "Your name, language and password."],
  workspace: ["品牌", "Brand"],
  workspaceLead: ["所有时间按品牌时区显示，自然日也按它切分。", "All times are shown in the brand's zone; calendar days are cut by it."],
  team: ["团队与角色", "Team and roles"],
  teamLead: ["谁能登录、能做什么。角色决定权限。", "Who can sign in and what they may do. The role decides."],
  keys: ["API 密钥", "API keys"],
  keysLead: ["给程序用的钥匙。每把只给它需要的权限。", "Keys for programs. Give each only what it needs."],
  calm: ["触达频控", "Caps and quiet hours"],
  calmLead: ["疲劳度、免打扰与节假日，对所有旅程和群发一起生效。", "Frequency caps, quiet hours and holidays; they bind every journey and broadcast."],
  accounts: ["渠道账号", "Channel accounts"],
  accountsLead: ["消息从这些账号发出，回调送到这里。", "Messages go out through these; callbacks come in here."],
  operation: ["运行状况", "Operation"],
  operationLead: ["后台各项工作是否正常，以及因无法处理而搁置的内容。其余内容照常处理。", "Whether the background work is well, and what could not be worked on and was set aside. Everything else goes on."],
  audit: ["操作记录", "Audit trail"],
  auditLead: ["谁在什么时候改了什么。只能看，不能改。", "Who changed what, and when. It can be read, never edited."],
});
