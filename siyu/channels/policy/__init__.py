"""The send policy: consent, frequency caps, quiet hours, and who is eligible."""
