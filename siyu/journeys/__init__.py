"""SOPs: who enters, what happens to them step by step, when they leave; moved in sets by a tick.

Verbs: draw, publish, pause, resume, end, enrol, move, tick (actions); dry_run (rules). Steps are files in steps/.
Records journey_entered, journey_exited, journey_goal_reached, setting_changed.
"""
