"""Path -> endpoint: every call of the platform's API which the simulator answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from siyu.simulators.wecom import codes, customers, groupsend, messages, staff, tags, tokens
from siyu.simulators.wecom.call import Call

Handler = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`token`: refused without an access_token."""

    method: str
    handler: Handler
    token: bool = True


EXTERNAL = "externalcontact/"

ENDPOINTS: dict[str, Endpoint] = {
    "gettoken": Endpoint("GET", tokens.gettoken, token=False),
    "department/list": Endpoint("GET", staff.department_list),
    "user/get": Endpoint("GET", staff.user_get),
    "user/list": Endpoint("GET", staff.user_list),
    "user/simplelist": Endpoint("GET", staff.user_simplelist),
    EXTERNAL + "get_follow_user_list": Endpoint("GET", staff.follow_user_list),
    EXTERNAL + "list": Endpoint("GET", customers.customer_list),
    EXTERNAL + "get": Endpoint("GET", customers.customer_get),
    EXTERNAL + "batch/get_by_user": Endpoint("POST", customers.batch_get_by_user),
    EXTERNAL + "remark": Endpoint("POST", customers.remark),
    "idconvert/unionid_to_external_userid": Endpoint("POST", customers.unionid_to_external_userid),
    EXTERNAL + "add_contact_way": Endpoint("POST", codes.add_contact_way),
    EXTERNAL + "get_contact_way": Endpoint("POST", codes.get_contact_way),
    EXTERNAL + "list_contact_way": Endpoint("POST", codes.list_contact_way),
    EXTERNAL + "update_contact_way": Endpoint("POST", codes.update_contact_way),
    EXTERNAL + "del_contact_way": Endpoint("POST", codes.del_contact_way),
    EXTERNAL + "get_corp_tag_list": Endpoint("POST", tags.get_corp_tag_list),
    EXTERNAL + "add_corp_tag": Endpoint("POST", tags.add_corp_tag),
    EXTERNAL + "edit_corp_tag": Endpoint("POST", tags.edit_corp_tag),
    EXTERNAL + "del_corp_tag": Endpoint("POST", tags.del_corp_tag),
    EXTERNAL + "mark_tag": Endpoint("POST", tags.mark_tag),
    EXTERNAL + "send_welcome_msg": Endpoint("POST", messages.send_welcome_msg),
    EXTERNAL + "add_msg_template": Endpoint("POST", groupsend.add_msg_template),
    EXTERNAL + "get_groupmsg_list_v2": Endpoint("POST", groupsend.get_groupmsg_list_v2),
    EXTERNAL + "get_groupmsg_task": Endpoint("POST", groupsend.get_groupmsg_task),
    EXTERNAL + "get_groupmsg_send_result": Endpoint("POST", groupsend.get_groupmsg_send_result),
    EXTERNAL + "remind_groupmsg_send": Endpoint("POST", groupsend.remind_groupmsg_send),
    EXTERNAL + "cancel_groupmsg_send": Endpoint("POST", groupsend.cancel_groupmsg_send),
    "message/send": Endpoint("POST", messages.message_send),
    "media/upload": Endpoint("POST", messages.media_upload),
    "webhook/send": Endpoint("POST", messages.webhook_send, token=False),
}
