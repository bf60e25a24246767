"""What can happen to a member on the way: one file a kind, whole; `catalogue` is the list of them."""
