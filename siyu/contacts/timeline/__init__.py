"""What happened to a member, in words."""
