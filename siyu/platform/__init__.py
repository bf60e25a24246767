"""Who may do what, where: brands (workspaces), people, keys, the access table and the audit trail.

Verbs: create_workspace, sign_in, sign_out, invite, change_role, remove_user, make_key, revoke_key (actions).
Records signed_in, sign_in_refused, setting_changed.
"""
