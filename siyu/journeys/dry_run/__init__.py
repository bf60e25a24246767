"""One member's way through a journey with the clock moved; nothing is sent or written."""
