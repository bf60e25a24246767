"""Reads of the contacts room. Other rooms use what is listed here."""

from siyu.contacts.queries.attributes import attribute_specs, attributes
from siyu.contacts.queries.cards import Card, cards
from siyu.contacts.queries.finding import canonical, family, hash_of, owners, resolve

__all__ = [
    "Card",
    "attribute_specs",
    "attributes",
    "canonical",
    "cards",
    "family",
    "hash_of",
    "owners",
    "resolve",
]
