"""One file a step; a file that has been released never changes."""
