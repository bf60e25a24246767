"""People of the team as the staff that customers are connected with. Verb: link_staff (actions)."""
