"""How many went through steps in order, within a window."""
