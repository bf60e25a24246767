"""One person, one member: identities, attributes, tags, consent; a folder a thing.

Verbs: upsert, create, update, erase (members), identify, unlink, reveal (identities), merge, undo_merge (merges), tag (tags),
consent, suppress (consents). Records member_*, identity_*, tagged, untagged, consent_*, personal_data_revealed.
"""
