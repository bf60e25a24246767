"""The pure decisions of the content room: Liquid in a strict sandbox, and what an attachment may be."""

from siyu.content.rules.attachments import check_attachments, render_attachments
from siyu.content.rules.sandbox import (
    BODY_CHARS_MAX,
    FILTERS,
    OUTPUT_BYTES_MAX,
    CannotRender,
    check,
    known_variables,
    parse,
    render,
    variables,
)
from siyu.content.rules.templates import TemplateNameTaken, TemplateRetired, check_template, values

__all__ = [
    "BODY_CHARS_MAX",
    "FILTERS",
    "OUTPUT_BYTES_MAX",
    "CannotRender",
    "TemplateNameTaken",
    "TemplateRetired",
    "check",
    "check_attachments",
    "check_template",
    "known_variables",
    "parse",
    "render",
    "render_attachments",
    "values",
    "variables",
]
