"""A person's brands: those they belong to, those that ask them to join, and founding another.

Verbs: found, accept, decline (actions); opening another brand is a session's (sign_in).
"""
