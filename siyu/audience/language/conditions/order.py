"""Order: `did` of paid orders without naming the fact."""

from typing import Any

from siyu.audience.language.conditions.condition import ConditionKind
from siyu.audience.language.conditions.did import MEASURES, Did, measures_schema, parse_measures
from siyu.audience.language.identity import Visit, map_fact_references
from siyu.audience.language.lifecycle import ORDER
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import Schema
from siyu.audience.language.schema_parts import JsonSchema, ref, windowed
from siyu.audience.language.time_windows import WINDOW_KEYS
from siyu.kit.text import LocalizedText


class Order(ConditionKind):
    """What is asked of paid orders; it is read as a Did."""

    key = "order"
    label = LocalizedText("订单", "Orders")
    example = {"within": "30d"}

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> Did | None:
        """As `did`; `sum` is of the amount unless it says otherwise."""
        fields = context.faults.keys(path, body, ("where", *MEASURES, *WINDOW_KEYS))
        return None if fields is None else parse_measures(context, path, fields, ORDER, sum_of="amount")

    @classmethod
    def map_references(cls, body: Any, visit: Visit) -> Any:
        """Those of its `where`."""
        return map_fact_references(body, visit, ORDER)

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        measures = measures_schema(ORDER)
        labels = {key: measures["sum"][key] for key in ("x-label", "format")}
        measures["sum"] = {"anyOf": [measures["sum"], ref("count")], **labels}
        return windowed(measures)
