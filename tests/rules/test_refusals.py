"""What is refused, in the words of the product: by field, in both languages, with what would be right."""

import re
from typing import Annotated, Any, Literal

import pytest
from pydantic_core._pydantic_core import list_all_errors

from siyu.audience.language.schema import FACTS
from siyu.kit.config import Config, Setting, parse
from siyu.kit.errors import reason_of
from siyu.kit.text import LocalizedText, same


@pytest.mark.parametrize("error", list_all_errors(), ids=lambda error: str(error["type"]))
def test_what_the_parser_refuses_is_said_in_chinese_without_its_own_codes(error: dict[str, Any]) -> None:
    detail = {"type": error["type"], "msg": error["example_message_python"], "ctx": error.get("example_context")}
    assert not re.search(r"[a-z_]{3,}", reason_of(detail).zh.replace("https://example.com", "").replace("https://", ""))


class Sending(Config):
    """A setting with choices, as forms have them."""

    held: Annotated[
        Literal["defer", "drop"],
        Setting(same("held"), options={"defer": LocalizedText("推迟", "Later"), "drop": LocalizedText("放弃", "Drop")}),
    ]


def test_a_choice_that_is_none_names_the_choices_as_people_and_as_programs_call_them() -> None:
    _, (fault,) = parse(Sending, {"held": "later"}, "nodes.n1")
    assert (fault.path, fault.expected, fault.expected_zh) == ("nodes.n1.held", "defer | drop", "推迟、放弃")


def test_behaviour_to_choose_from_begins_with_what_members_do_and_ends_with_plumbing() -> None:
    assert FACTS[:2] == ("order_paid", "order_refunded")
    assert FACTS.index("message_received") < FACTS.index("message_sent") < FACTS.index("identity_linked")
    assert set(FACTS[-3:]) <= {"message_queued", "message_in_doubt", "preference_links_revoked"}
