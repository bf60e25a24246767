"""Ready mappings: the files that shops export, recognised by their headings. A new one is an entry of `catalogue`.

A proposal like any other: it is shown with the headings it was recognised by, and every choice can be changed.
"""
