"""The mapping of a file: its document, the fields a kind has, how it is checked and proposed."""
