"""What the journeys room refuses, by name."""

from siyu.kit.errors import Conflict


class JourneyNameTaken(Conflict):
    code, title, title_zh = "journey_name_taken", "A journey of this name exists", "已有同名旅程"


class NotPublished(Conflict):
    code, title, title_zh = "journey_not_published", "The journey is not live", "旅程尚未发布或已暂停"


class WrongState(Conflict):
    code, title, title_zh = "journey_state", "The journey's state does not allow this", "旅程当前状态不允许此操作"


class StepsGone(Conflict):
    """Members stand at steps that the other version does not have; `errors` names each."""

    code, title, title_zh = (
        "journey_steps_gone",
        "Members stand at steps that the other version does not have",
        "有客户停在新版本中不存在的步骤上",
    )
