"""Signing in: passwords, sessions, and the limits that guessing meets.

Verbs: begin_sign_in, conclude_sign_in, give_back, sign_out, change_password, set_password, forget (actions).
Records signed_in, sign_in_refused.
"""
