"""The graph of a journey and every decision about it, pure.

Graph    := {trigger, start: NODE, nodes: {NODE: Step}, goal?, exits?, reentry, layout?: {NODE: {x, y}}}
Trigger  := {kind: "audience", audience, existing?: bool}      entering a saved audience; `existing`: also who is in it now
          | {kind: "fact", fact, where?, key?: PROP}           a fact; with `key` one run per value (one run per order)
          | {kind: "schedule", audience, at: "09:00", days?: [1..7], date?: "2026-03-20"}   brand's zone; `date`: once
          | {kind: "manual"}                                   only by hand or over the API
Step     := {kind, ..., next: {EXIT: NODE}}                    every exit of a step leads somewhere
  send       channel, template (name or id), purpose?, on_cap?: "defer"|"drop", on_quiet?: "defer"|"drop"
                                                               -> sent (accepted for sending) | withheld | failed
  wait       seconds, or until: "09:00" in the member's zone with days? (0: the next such time)   -> done
  wait_until fact, where?, timeout (seconds)                   -> happened | timeout; what came before arrival does not count
  branch     branches: [{key, label, tree}]                    -> KEY of the first that holds | else
  split      arms: [{key, label, share}], shares add up to 100 -> KEY, always the same for a member
  tag        add?: [TAG], remove?: [TAG]                       -> done
  exit       reason                                            the end of the way
goal     := {fact, where?, within?: seconds since entering}    reaching it ends the run
exits    := [{fact, where?} | {tree}]                          facts at once; trees before each move
reentry  := {kind: "never"} | {kind: "after_finish", days?} | {kind: "always", days?}
            after_finish: days since the last run ended; always: a new entry ends the open run, days since it was entered
where    := [{prop: P, OP: V}]                                 all must hold; operators as in the audience language
"""

from siyu.journeys.rules.check import Known, check
from siyu.journeys.rules.dry import Assumed, Calm, Judge, Letter, Moment, dry_run, leaves_for, wakes
from siyu.journeys.rules.entry import Reentry, key_of, listens, reached, reentry, timely
from siyu.journeys.rules.graph import LEFT, Graph, Parted, Run, Step, StepKind, lapped, read, trees_of
from siyu.journeys.rules.refusals import JourneyNameTaken, NotPublished, StepsGone, WrongState
from siyu.journeys.rules.times import next_occurrence, wait_ends
from siyu.journeys.rules.where import matches

__all__ = [
    "LEFT",
    "Assumed",
    "Calm",
    "Graph",
    "JourneyNameTaken",
    "Judge",
    "Known",
    "Letter",
    "Moment",
    "NotPublished",
    "Parted",
    "Reentry",
    "Run",
    "Step",
    "StepKind",
    "StepsGone",
    "WrongState",
    "check",
    "dry_run",
    "key_of",
    "lapped",
    "leaves_for",
    "listens",
    "matches",
    "next_occurrence",
    "reached",
    "read",
    "reentry",
    "timely",
    "trees_of",
    "wait_ends",
    "wakes",
]
