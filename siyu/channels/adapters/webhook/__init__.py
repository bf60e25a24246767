"""A signed webhook: a message is posted to an address of the brand's own, as Standard Webhooks describes it."""
