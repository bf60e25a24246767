"""Reads of the contacts room. Other rooms use what is listed here."""

from siyu.contacts.queries.about import about, attribute_names
from siyu.contacts.queries.attributes import attribute_specs, attributes
from siyu.contacts.queries.cards import Card, cards
from siyu.contacts.queries.finding import canonical, families, family, hash_of, hashes_of, owners, resolve
from siyu.contacts.queries.tags import tag_names

__all__ = [
    "Card",
    "about",
    "attribute_names",
    "attribute_specs",
    "attributes",
    "canonical",
    "cards",
    "families",
    "family",
    "hash_of",
    "hashes_of",
    "owners",
    "resolve",
    "tag_names",
]
