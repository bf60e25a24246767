"""One run of one member through a journey: enrol, exit, and the tick that moves all due runs in sets.

Facts wake, end and start runs (`triggers`). Records journey_entered, journey_exited, journey_goal_reached.
"""
