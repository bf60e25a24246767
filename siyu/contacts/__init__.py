"""One person, one member: identities, attributes, tags, consent, and the timeline.

Verbs: upsert, create, update, identify, unlink, merge, undo_merge, tag, consent, suppress, reveal, erase (actions).
Records member_*, identity_*, tagged, untagged, consent_*, personal_data_revealed.
"""
