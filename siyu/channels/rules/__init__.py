"""The pure decisions of the channels room: calm, reasons, sending, accounts, preference links."""
