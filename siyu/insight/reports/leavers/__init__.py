"""What those who left have in common, against those who stayed."""
