"""Who a row is about and what is known of them, by the headings of a file: identities for a customer column, attributes for the rest."""

from collections.abc import Mapping, Sequence

from siyu.contacts.attributes.rules import Spec
from siyu.contacts.identities.rules import veiled
from siyu.imports.files.upload import Heading
from siyu.imports.mapping.document import ATTRIBUTE, AttributeSpec, Column
from siyu.imports.mapping.fields import IMPORTED_IDENTITIES, plain
from siyu.imports.members.fields import FIELDS

BIRTHDAY = "birthday"
_BIRTHDAY_HEADINGS = frozenset(
    {"生日", "客户生日", "会员生日", "出生日期", "出生年月日", "birthday", "birthdate", "dateofbirth", "dob"}
)
_IDENTITY_HEADINGS: dict[str, str] = {
    plain(heading): field.name
    for field in FIELDS
    if field.name in IMPORTED_IDENTITIES and field.name != "external_id"
    for heading in (*field.headings, field.name)
}


def customer_column(headings: Sequence[Heading], used: set[str]) -> Column | None:
    """The column that names the customer of a row by phone, mail or account, where none names them by a number."""
    by_kind = {
        _IDENTITY_HEADINGS[plain(heading.name)]: heading.name
        for heading in reversed(headings)
        if plain(heading.name) in _IDENTITY_HEADINGS and heading.name not in used and not _masked(heading)
    }
    kind = next((kind for kind in IMPORTED_IDENTITIES if kind in by_kind), None)
    return Column(column=by_kind[kind], identity=kind) if kind else None


def attribute_columns(
    headings: Sequence[Heading], used: set[str], specs: Mapping[str, Spec]
) -> tuple[dict[str, str], dict[str, AttributeSpec]]:
    """Columns headed like an attribute the shop has, and a birthday; with the attributes that are still to be made."""
    by_heading = {plain(spec.label): name for name, spec in specs.items()} | {plain(name): name for name in specs}
    columns: dict[str, str] = {}
    made: dict[str, AttributeSpec] = {}
    for heading in headings:
        name = by_heading.get(plain(heading.name))
        if name is None and plain(heading.name) in _BIRTHDAY_HEADINGS and heading.type == "time":
            name = BIRTHDAY
        if name is None or heading.name in used or f"{ATTRIBUTE}{name}" in columns:
            continue
        columns[f"{ATTRIBUTE}{name}"] = heading.name
        if name not in specs:
            made[name] = AttributeSpec(label=heading.name, type="date")
    return columns, made


def _masked(heading: Heading) -> bool:
    return bool(heading.sample) and all(map(veiled, heading.sample))
