"""Who uses what: named things that others refer to (tags, attributes, audiences, templates), so that none is deleted unseen."""
