"""Whose customers: the members connected with one of the staff, which a caller of the role of hosts reaches alone.

The view `member_host` says who is connected, from the connections that platforms report (channels.inbound).
"""
