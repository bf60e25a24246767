"""What a column of a file of members can be."""

from siyu.channels.catalogue import CHANNEL_LABELS, CONSENT_CHANNELS
from siyu.imports.mapping.fields import CUSTOMER_HEADINGS, IMPORTED_IDENTITIES, Field, FieldType
from siyu.kit.text import LocalizedText

CONSENT = "consent."
_IDENTITY_HEADINGS: dict[str, str] = {
    "phone": "phone mobile tel telephone cellphone phonenumber 手机 手机号 手机号码 电话 联系电话 买家手机 买家手机号 买家手机号码 客户手机 客户手机号 会员手机号",
    "email": "email mail emailaddress 邮箱 电子邮箱 邮件",
    "unionid": "unionid wxunionid",
    "openid": "openid wxopenid",
    "external_userid": "externaluserid 外部联系人id 企业微信id",
}
FIELDS = (
    *(
        Field(
            kind,
            label,
            "identity",
            headings=CUSTOMER_HEADINGS if kind == "external_id" else _IDENTITY_HEADINGS[kind].split(),
        )
        for kind, label in IMPORTED_IDENTITIES.items()
    ),
    Field(
        "name",
        LocalizedText("姓名", "Name"),
        headings=["name", "fullname", "nickname", "customername", "姓名", "名称", "昵称", "客户姓名", "会员姓名"],
    ),
    Field("zone", LocalizedText("时区", "Time zone"), "zone", headings=["zone", "timezone", "tz", "时区"]),
    Field(
        "joined_at",
        LocalizedText("成为客户时间", "Joined at"),
        "time",
        headings=[
            "joined",
            "joinedat",
            "createdat",
            "registered",
            "registeredat",
            "signupdate",
            "firstseen",
            "注册时间",
            "注册日期",
            "入会时间",
            "入会日期",
            "创建时间",
            "成为客户时间",
            "成为会员时间",
        ],
    ),
    Field("tags", LocalizedText("标签", "Tags"), "list", headings=["tags", "tag", "labels", "标签", "客户标签"]),
    *(
        Field(
            f"{CONSENT}{channel}",
            LocalizedText(f"同意接收{CHANNEL_LABELS[channel].zh}", f"Opted in to {CHANNEL_LABELS[channel].en}"),
            "boolean",
            headings=(f"{channel}consent", f"{channel}optin", f"同意{CHANNEL_LABELS[channel].zh}"),
        )
        for channel in CONSENT_CHANNELS
    ),
)
ATTRIBUTE_TYPES: dict[str, FieldType] = {
    "number": "number",
    "money": "money",
    "boolean": "boolean",
    "date": "time",
    "list": "list",
}
