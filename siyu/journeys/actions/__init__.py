"""The verbs of a journey itself: create, update, publish, pause, resume, end, move its members to another version."""
