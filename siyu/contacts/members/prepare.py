"""Rows made ready before any transaction: values normalised, hashed and encrypted, and what is wrong with each.

The work of a bulk is here; it needs no database, so that an import can do it beside the transaction of the chunk before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from siyu.contacts.attributes import rules as attribute_rules
from siyu.contacts.identities.queries import hashes_of
from siyu.contacts.identities.resolution import Key
from siyu.contacts.identities.rules import KINDS, mask, normalise
from siyu.contacts.members.rules import MemberRow
from siyu.contacts.refusals import NothingToKnowBy
from siyu.kit.crypto import encrypt_many
from siyu.kit.db import copied
from siyu.kit.errors import Fault, Invalid

FAULTS_MAX = 100


class EncryptedIdentity(NamedTuple):
    """An identity as it is kept: ciphertext, and its masked form as COPY has it."""

    value: bytes
    masked: str


@dataclass(frozen=True)
class PreparedRows:
    """Rows whose identities are normalised: `keys[i]` of row i, `identities` of every key."""

    rows: Sequence[MemberRow]
    keys: Sequence[Sequence[Key]]
    identities: Mapping[Key, EncryptedIdentity]

    def only(self, places: Sequence[int]) -> "PreparedRows":
        """The rows at `places`, in that order."""
        return PreparedRows([self.rows[n] for n in places], [self.keys[n] for n in places], self.identities)


def prepare(workspace_id: int, rows: Sequence[MemberRow]) -> tuple[PreparedRows, list[tuple[int, str]]]:
    """`rows` prepared, and (place, kind) of each identity that cannot be; such a row keeps its other identities."""
    plain: dict[Key, str] = {}
    keys: list[list[Key]] = []
    wrong: list[tuple[int, str]] = []
    hashes = {kind: hashes_of(workspace_id, kind) for kind in KINDS}
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
    ciphertexts = encrypt_many(list(plain.values()))
    identities = {
        key: EncryptedIdentity(ciphertext, copied(mask(key[0], value)))
        for (key, value), ciphertext in zip(plain.items(), ciphertexts, strict=True)
    }
    return PreparedRows(rows, keys, identities), wrong


def check(prepared: PreparedRows, wrong: Sequence[tuple[int, str]], specs: Mapping[str, attribute_rules.Spec]) -> None:
    """Raises Invalid naming every wrong field of every row as `rows[i].identities.phone`."""
    faults: list[Fault] = []
    unreadable: dict[int, list[str]] = {}
    for place, kind in wrong:
        unreadable.setdefault(place, []).append(kind)
    for place, row in enumerate(prepared.rows):
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
    return faults
