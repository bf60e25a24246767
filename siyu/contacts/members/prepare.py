"""Reading rows before any transaction: values normalised, hashed and encrypted, and what is wrong with each.

The work of a bulk is here; it needs no database, so that an import can do it beside the transaction of the chunk before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from siyu.contacts import queries
from siyu.contacts.rules import attributes as attribute_rules
from siyu.contacts.rules.identities import KINDS, mask, normalise
from siyu.contacts.rules.refusals import NothingToKnowBy
from siyu.contacts.rules.resolution import Key
from siyu.contacts.rules.rows import MemberRow
from siyu.kit.crypto import encrypt_many
from siyu.kit.db import copied
from siyu.kit.errors import Fault, Invalid

FAULTS_MAX = 100


class Sealed(NamedTuple):
    """An identity as it is kept: ciphertext, and its masked form as COPY has it."""

    value: bytes
    masked: str


@dataclass(frozen=True)
class Ready:
    """Rows whose identities are read: `keys[i]` of row i, `sealed` of every key."""

    rows: Sequence[MemberRow]
    keys: Sequence[Sequence[Key]]
    sealed: Mapping[Key, Sealed]

    def only(self, places: Sequence[int]) -> "Ready":
        """The rows at `places`, in that order."""
        return Ready([self.rows[n] for n in places], [self.keys[n] for n in places], self.sealed)


def ready(workspace_id: int, rows: Sequence[MemberRow]) -> tuple[Ready, list[tuple[int, str]]]:
    """`rows` read, and (place, kind) of each identity that cannot be; such a row keeps its other identities."""
    plain: dict[Key, str] = {}
    keys: list[list[Key]] = []
    wrong: list[tuple[int, str]] = []
    hashes = {kind: queries.hashes_of(workspace_id, kind) for kind in KINDS}
    for place, row in enumerate(rows):
        own: list[Key] = []
        for kind, value in row.identities.items():
            try:
                normalised = normalise(kind, value, kind)
            except Invalid:
                wrong.append((place, kind))
                continue
            key = (kind, hashes[kind](normalised))
            plain[key] = normalised
            own.append(key)
        keys.append(own)
    values = encrypt_many(list(plain.values()))
    sealed = {
        key: Sealed(value, copied(mask(key[0], text))) for (key, text), value in zip(plain.items(), values, strict=True)
    }
    return Ready(rows, keys, sealed), wrong


def check(given: Ready, wrong: Sequence[tuple[int, str]], specs: Mapping[str, attribute_rules.Spec]) -> None:
    """Raises Invalid naming every wrong field of every row as `rows[i].identities.phone`."""
    faults: list[Fault] = []
    unreadable: dict[int, list[str]] = {}
    for place, kind in wrong:
        unreadable.setdefault(place, []).append(kind)
    for place, row in enumerate(given.rows):
        faults += _check(row, specs, f"rows[{place}]")
        for kind in unreadable.get(place, ()):
            try:
                normalise(kind, row.identities[kind], f"rows[{place}].identities.{kind}")
            except Invalid as error:
                faults += error.errors
        if len(faults) >= FAULTS_MAX:
            break
    if faults:
        raise Invalid(errors=faults[:FAULTS_MAX])


def _check(row: MemberRow, specs: Mapping[str, attribute_rules.Spec], path: str) -> list[Fault]:
    faults = [] if row.identities else list(NothingToKnowBy(f"{path}.identities").errors)
    if row.attributes:
        faults += attribute_rules.check_values(specs, row.attributes, f"{path}.attributes")
    faults += attribute_rules.check_zone(row.zone, f"{path}.zone")
    faults += attribute_rules.check_name(row.name, f"{path}.name")
    for channel in row.consents:
        faults += attribute_rules.check_channel(channel, f"{path}.consents.{channel}")
    return faults
