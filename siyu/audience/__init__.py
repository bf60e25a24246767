"""Whom to talk to: the audience language, saved audiences, and who is in them.

Owns the lake's `profiles`. Verbs: save, revise, drop, mark, settle (actions); check, compile, evaluate (rules); count,
members, members_at, explain (queries). Records audience_entered, audience_left.
"""
