"""The pure decisions of the content room: Liquid in a strict sandbox, what an attachment and what a template may be."""
