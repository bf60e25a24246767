"""The JSON bodies of ``/sim``; unknown fields are refused, so a misspelt one is noticed."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PEOPLE_MAX = 200_000
"""Customers in one request."""


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Department(Body):
    id: int
    name: str
    parentid: int = 1


class Departments(Body):
    departments: list[Department]


class StaffMember(Body):
    userid: str
    name: str = ""
    mobile: str = ""
    department: list[int] = [1]
    follow: bool = True


class Staff(Body):
    staff: list[StaffMember]


class StaffBehaviour(Body):
    """userid '' is everybody without one of their own; delay_s seconds; share in [0, 1]; auto: without /sim/run."""

    userid: str = ""
    delay_s: float = Field(0.0, ge=0)
    share: float = Field(1.0, ge=0, le=1)
    seed: int = 0
    auto: bool = False


class Robot(Body):
    key: str
    name: str = ""


class Chat(Body):
    chat_id: str
    name: str = ""
    owner: str


class Chats(Body):
    chats: list[Chat]


class Customer(Body):
    """createtime in epoch seconds; the name is generated when absent."""

    userid: str
    external_userid: str | None = None
    name: str | None = None
    unionid: str | None = None
    gender: int | None = None
    phone: str | None = None
    remark: str | None = None
    add_way: int | None = None
    state: str | None = None
    createtime: float | None = None


class Customers(Body):
    """`customers` by name, and `count` generated ones with ids prefix000000... from number `first`."""

    customers: list[Customer] = Field(default=[], max_length=PEOPLE_MAX)
    count: int = Field(0, ge=0, le=PEOPLE_MAX)
    first: int = Field(0, ge=0)
    userids: list[str] = []
    prefix: str = "wmSim"
    unionids: bool = True
    state: str = ""
    add_way: int = 1
    seed: int = 1
    events: bool = False


class Scan(Body):
    config_id: str
    external_userid: str = ""
    name: str = ""
    unionid: str = ""
    count: int = Field(1, ge=1, le=PEOPLE_MAX)
    seed: int = 1


class Part(Body):
    userid: str
    external_userid: str
    by: Literal["customer", "staff"] = "customer"


class Speak(Body):
    userid: str
    external_userid: str
    text: str


class Run(Body):
    force: bool = False
    userid: str = ""
    msgid: str = ""


class Clock(Body):
    """now: epoch seconds or ISO 8601 with a zone."""

    real: bool = False
    now: float | str | None = None
    move_s: float = 0.0


class Expire(Body):
    forget: bool = False


class Fault(Body):
    """path: a pattern over what follows /cgi-bin/, as in ``externalcontact/*``. when "after": carried out first.
    times None: for ever; rate in [0, 1], decided by seed."""

    path: str = "*"
    when: Literal["before", "after"] = "before"
    errcode: int | None = None
    http_status: int | None = Field(None, ge=400, le=599)
    delay_s: float = Field(0.0, ge=0, le=600)
    drop: bool = False
    times: int | None = Field(None, ge=1)
    rate: float = Field(1.0, ge=0, le=1)
    seed: int = 0


class Callback(Body):
    url: str
    token: str = ""
    encoding_aes_key: str = ""
    verify: bool = False


class Event(Body):
    event: str
    change_type: str = ""
    fields: dict[str, str | int] = {}


class Replay(Body):
    last: int = Field(1, ge=1, le=100_000)
