"""What members said about being contacted, and whom nobody may contact."""
