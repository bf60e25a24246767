"""One person, one member: identities, attributes, tags, consent, and the timeline.

Verbs: create, update, identify, merge, undo_merge, tag, untag, consent, suppress, erase (actions).
Records member_*, identity_*, tagged, untagged, consent_*, personal_data_revealed.
"""
