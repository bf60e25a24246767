"""The five flows from winning members to members who bring others."""
