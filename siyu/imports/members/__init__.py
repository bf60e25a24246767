"""Members as files have them.

Owns the fields of such files, and what a preview says about the people and tags of one.
"""
