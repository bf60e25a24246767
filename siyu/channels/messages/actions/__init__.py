"""The verbs of messages: plan, send, conclude, reconcile, resolve."""
