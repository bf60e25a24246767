"""Every limit of the platform which the simulator enforces, in one table with the date of the page it was read from.

They are configuration: ``POST /sim/limits`` changes one, and the change survives a restart. An empty date means that
the project's own list of limits gives none.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """`value` in `unit`; `dated` is the page's last update as read (ISO), `about` what it limits."""

    value: int
    unit: str
    dated: str
    about: str


LIMITS: dict[str, Limit] = {
    "token_s": Limit(7_200, "seconds", "", "life of an access_token"),
    "welcome_s": Limit(20, "seconds", "2025-11-17", "life of a welcome_code"),
    "group_send_customers": Limit(10_000, "external_userids", "2025-11-17", "one add_msg_template"),
    "group_send_chats": Limit(2_000, "chat_ids", "2025-11-17", "one add_msg_template to groups"),
    "group_send_month": Limit(0, "messages", "2025-11-17", "a customer or group in a month; 0: the days of the month"),
    "group_send_week": Limit(0, "messages", "2025-11-17", "a customer or group in a week, if the admin set it; or 7"),
    "group_send_day": Limit(0, "messages", "2025-11-17", "a customer or group in a day, if the admin set it; or 1"),
    "attachments": Limit(9, "attachments", "2025-11-17", "one message"),
    "text_bytes": Limit(4_000, "bytes", "2025-11-17", "text of a group send or welcome"),
    "reminders": Limit(3, "reminders", "2025-11-17", "one group send in 24 hours"),
    "result_rows": Limit(1_000, "rows", "2025-11-17", "one page of tasks or results"),
    "group_list_rows": Limit(100, "rows", "2025-11-17", "one page of get_groupmsg_list_v2"),
    "callback_s": Limit(5, "seconds", "", "answer to a callback"),
    "callback_retries": Limit(3, "retries", "", "of a callback that was not answered with 200"),
    "contact_ways": Limit(500_000, "codes", "2025-12-11", "contact codes of a corp, with group join ways"),
    "contact_way_users": Limit(100, "users", "2025-12-11", "one contact code"),
    "state_chars": Limit(30, "characters", "2025-12-11", "state and remark of a contact code"),
    "tags": Limit(10_000, "tags", "", "a corp"),
    "tags_of_pair": Limit(3_000, "tags", "", "one member of staff and customer"),
    "tag_name_chars": Limit(30, "characters", "", "name of a tag or a group of tags"),
    "batch_users": Limit(100, "userids", "", "one batch/get_by_user"),
    "batch_rows": Limit(100, "rows", "", "one page of batch/get_by_user"),
    "api_minute": Limit(10_000, "calls", "", "a corp and API in a minute; over it, 45009 for 60 s"),
    "api_hour": Limit(150_000, "calls", "", "a corp and API in an hour; over it, 45009 for 60 min"),
    "ip_minute": Limit(20_000, "calls", "", "an address in a minute"),
    "ip_hour": Limit(600_000, "calls", "", "an address in an hour"),
    "robot_minute": Limit(20, "messages", "", "one robot in a minute"),
    "media_s": Limit(259_200, "seconds", "", "life of a media_id: 3 days"),
    "message_users": Limit(1_000, "userids", "", "one app message"),
}
