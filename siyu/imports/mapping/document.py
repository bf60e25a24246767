"""The mapping: which column becomes what. A JSON document that people can read, keep and use again."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ATTRIBUTE = "attribute."
ZONE_DEFAULT = "UTC"
Text = Annotated[str, Field(max_length=200)]


class Column(BaseModel):
    """How one field is filled: from a `column`, or always with a `constant`; what to do with its text on the way."""

    model_config = ConfigDict(extra="forbid")

    column: Text | None = None
    constant: Text | None = None
    default: Text | None = Field(None, description="Used where the cell is empty.")
    format: Text | None = Field(None, description="How a time is written, as in strptime: %d/%m/%Y %H:%M.")
    map: dict[Text, Text] | None = Field(None, max_length=1_000, description="Words of the file to words of the shop.")
    decimal: Literal[".", ","] = Field(".", description="What stands before the fraction of a number.")
    unit: Literal["yuan", "fen"] = "yuan"
    separator: Text | None = Field(None, description="What parts the words of a list; default , ; | 、")
    identity: str | None = Field(None, description="Kind of identity of a customer column.")
    prefix: Text | None = Field(
        None, description="Put before the value: tells a shop's own names of customers from another shop's."
    )


class AttributeSpec(BaseModel):
    """An attribute that the import defines when the shop does not have it yet."""

    model_config = ConfigDict(extra="forbid")

    label: Text
    type: Literal["text", "number", "money", "boolean", "date", "choice", "list"] = "text"
    options: list[Text] | None = Field(None, max_length=500)


class Mapping(BaseModel):
    """The whole document. `columns` is {field: column heading, or a Column}; `rules` are those of its kind."""

    model_config = ConfigDict(extra="forbid")

    kind: Text
    fact: Text | None = None
    source: Text = Field("file", min_length=1, description="Where the rows come from; order numbers are unique in it.")
    zone: str = Field(ZONE_DEFAULT, max_length=64, description="Time zone of times that do not say theirs.")
    currency: str | None = Field(
        None, pattern="^[A-Z]{3}$", description="Currency of the amounts; the brand's, no other can be taken."
    )
    columns: dict[Text, Text | Column] = Field(max_length=500)
    attributes: dict[Text, AttributeSpec] = Field({}, max_length=200)
    rules: dict[Text, Any] = Field({}, max_length=50, description="What to do in the cases on which files differ.")

    def column(self, field: str) -> Column | None:
        """How `field` is filled, or None."""
        column = self.columns.get(field)
        return Column(column=column) if isinstance(column, str) else column

    def heading(self, field: str) -> str:
        """What people see above the cells of `field`: its column in the file, else its own name."""
        column = self.column(field)
        return (column.column if column else None) or field

    def identity(self) -> str:
        """The kind of identity by which rows name their customer."""
        column = self.column("member")
        return (column.identity if column else None) or "external_id"
