"""The kinds of import: what a file can become. A new one is a file here and a line below."""

from siyu.imports.kind import AnyKind
from siyu.imports.kinds import facts, members, orders

KINDS: tuple[AnyKind, ...] = (members.KIND, orders.KIND, *facts.KINDS)
