"""Members' own choices: the preference page."""
