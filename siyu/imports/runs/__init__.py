"""Imports under way: started, written chunk by chunk with their progress, cancelled, resumed, reported."""
