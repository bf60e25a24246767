"""Pure decisions of the imports room: what can be imported, how a mapping reads, what a file looks like.

`kinds` names the targets, `mapping` is the document that joins columns to them, `guess` proposes one.
"""
