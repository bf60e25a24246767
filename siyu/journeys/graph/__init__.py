"""The graph of a journey and every decision about it, pure.

Graph    := {trigger, start: NODE, nodes: {NODE: Step}, goal?, exits?, reentry, layout?: {NODE: {x, y}}}
Trigger  := {kind: "audience", audience, existing?: bool}      entering a saved audience; `existing`: also who is in it now
          | {kind: "fact", fact, where?, key?: PROP}           a fact; with `key` one run per value (one run per order)
          | {kind: "schedule", audience, at: "09:00", days?: [1..7], date?: "2026-03-20"}   brand's zone; `date`: once
          | {kind: "manual"}                                   only by hand or over the API
Step     := {kind, ..., next: {EXIT: NODE}}                    every exit of a step leads somewhere; kinds: journeys/steps
goal     := {fact, where?, within?: seconds since entering}    reaching it ends the run
exits    := [{fact, where?} | {tree}]                          facts at once; trees before each move
reentry  := {kind: "never"} | {kind: "after_finish", days?} | {kind: "always", days?}
            after_finish: days since the last run ended; always: a new entry ends the open run, days since it was entered
where    := [{prop: P, OP: V}]                                 all must hold; operators as in the audience language
"""
