"""Regulars who are late by their own measure."""
