"""Ready journeys: their message templates, tags and graph, from which an operator starts a draft."""
