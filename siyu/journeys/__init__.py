"""SOPs: who enters, what happens to them step by step, when they leave; moved in sets by a tick.

Verbs: create, update, publish, pause, resume, end, move (actions); enrol, exit_runs, move_batch (enrolments); dry_run.
What a journey is made of is in graph/, the kinds of steps are files in steps/.
Records journey_entered, journey_exited, journey_goal_reached, setting_changed.
"""
