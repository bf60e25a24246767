"""The ground floor: words every programmer knows, none of the domain.

Owns settings, database, clock, ids, money, errors, HTTP edge, jobs, crypto, logs and limits.
Records no facts and knows no room.
"""
