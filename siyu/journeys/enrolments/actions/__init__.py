"""The verbs of enrolments: enrol, exit, move by the tick, and consume facts."""
