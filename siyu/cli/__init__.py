"""The command line door: `siyu …`."""
