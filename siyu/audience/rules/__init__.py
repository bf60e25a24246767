"""The audience language, pure: check a tree, compile it for the lake, evaluate it for one member, say it in words.

Time is an argument everywhere; nothing here reads a clock, a database or chance.
"""

from siyu.audience.rules.chance import interval
from siyu.audience.rules.check import EVERYBODY, check
from siyu.audience.rules.compile import Query, counts, estimate, member_ids, members_of
from siyu.audience.rules.evaluate import Event, MemberView, Population, evaluate, populate
from siyu.audience.rules.horizon import fact_names
from siyu.audience.rules.language import language
from siyu.audience.rules.moments import midnight
from siyu.audience.rules.tree import Leaf, Reference, Tree, deep, references, walk
from siyu.audience.rules.vocabulary import Field, Saved, Vocabulary

__all__ = [
    "EVERYBODY",
    "Event",
    "Field",
    "Leaf",
    "MemberView",
    "Population",
    "Query",
    "Reference",
    "Saved",
    "Tree",
    "Vocabulary",
    "check",
    "counts",
    "deep",
    "estimate",
    "evaluate",
    "fact_names",
    "interval",
    "language",
    "member_ids",
    "members_of",
    "midnight",
    "populate",
    "references",
    "walk",
]
