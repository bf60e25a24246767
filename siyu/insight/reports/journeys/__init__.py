"""What each journey did, against its holdout where it has one."""
