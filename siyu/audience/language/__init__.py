"""The audience language, pure: check a tree, evaluate it for one member, say it in words, tell what changes it.

Time is an argument everywhere; nothing here reads a clock, a database or chance. Each kind of condition is one file of
`conditions`.
"""
