"""One named shop and its people: what the demo, the tests, the docs and the screenshots share."""
