"""What the contacts room refuses, by name."""

from siyu.kit.errors import Conflict, Fault, Invalid, NotFound


class NoSuchMember(NotFound):
    code, title, title_zh = "no_such_member", "There is no such member here", "没有这位客户"


class IdentityTaken(Conflict):
    """An identity belongs to somebody else; merge the two, or leave it."""

    code, title, title_zh = "identity_taken", "This identity belongs to another member", "这个身份属于另一位客户"

    def __init__(self, path: str, member_id: int) -> None:
        super().__init__(
            f"This identity belongs to member {member_id}",
            f"这个身份属于客户 {member_id}，如是同一人请合并",
            [Fault(path, f"belongs to member {member_id}", f"属于客户 {member_id}")],
        )
        self.member_id = member_id


class NothingToKnowBy(Invalid):
    """A member without any identity could never be found again."""

    def __init__(self, path: str = "identities") -> None:
        super().__init__(errors=[Fault(path, "give at least one identity", "至少填写一个身份")])


class SameMember(Invalid):
    def __init__(self) -> None:
        super().__init__(errors=[Fault("other_id", "is this very member", "就是这位客户本人")])


class AlreadyErased(Conflict):
    code, title, title_zh = "member_erased", "This member's personal data was erased", "这位客户的个人信息已删除"


class AlreadyMerged(Conflict):
    code, title, title_zh = "already_merged", "This member was merged into another", "这位客户已并入另一份档案"

    def __init__(self, winner_id: int) -> None:
        super().__init__(f"This member was merged into member {winner_id}", f"这位客户已并入客户 {winner_id}")


class AlreadyUndone(Conflict):
    code, title, title_zh = "already_undone", "This merge was already undone", "这次合并已经撤销过"


class MergedAgain(Conflict):
    """The winner of a merge was itself merged: that later merge has to be undone first."""

    code, title, title_zh = "merged_again", "A later merge has to be undone first", "请先撤销更晚的一次合并"

    def __init__(self, merge_id: int) -> None:
        super().__init__(f"Undo merge {merge_id} first", f"请先撤销合并 {merge_id}")


class AttributeInUse(Conflict):
    code, title, title_zh = "in_use", "It is in use", "正在使用中"


class UnknownTags(Invalid):
    """Tags are agreed on first; a name nobody agreed on is refused."""

    def __init__(self, path: str, names: list[str]) -> None:
        shown = names[:20]
        super().__init__(
            errors=[
                Fault(path, f"no such tag: {', '.join(shown)}", f"没有这些标签：{'、'.join(shown)}", "a tag of a group")
            ]
        )


class TooManyAtOnce(Conflict):
    code, title, title_zh = "too_many_at_once", "Too many members at once", "一次处理的客户太多"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"At most {most:,} members at once; narrow the filter", f"一次最多 {most:,} 位客户，请缩小筛选范围"
        )
