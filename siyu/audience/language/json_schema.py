"""The language as a JSON Schema (draft 2020-12), for editors and for those who write trees by hand.

It says what a tree may look like in a workspace. `check_tree` is stricter where a schema cannot say it (references that go in
circles, windows the wrong way round, how deep and how many).
"""

from siyu.audience.language.conditions import catalogue
from siyu.audience.language.limits import WIDTH_MAX
from siyu.audience.language.schema import Schema
from siyu.audience.language.schema_parts import JsonSchema, listed, obj, ref, shared_definitions


def json_schema(schema: Schema) -> JsonSchema:
    """The JSON Schema of trees that may use the names of `schema`."""
    tree = ref("tree")
    groups = [
        obj({"all": listed(tree, 0, WIDTH_MAX)}, ["all"]),
        obj({"any": listed(tree, 1, WIDTH_MAX)}, ["any"]),
        obj({"not": tree}, ["not"]),
    ]
    kinds = [obj({kind.key: ref(kind.key)}, [kind.key]) for kind in catalogue.CONDITIONS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Audience",
        "$ref": "#/$defs/tree",
        "$defs": {
            "tree": {"anyOf": [*groups, *kinds]},
            **shared_definitions(),
            **{kind.key: kind.strict_schema(schema) for kind in catalogue.CONDITIONS},
        },
    }
