"""What is said: message templates in Liquid, their versions, and rendering in a strict sandbox.

Verbs: write, revise, retire (actions); parse, render (rules).
Records setting_changed.
"""
