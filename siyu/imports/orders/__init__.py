"""Orders and refunds as files of shops have them.

Owns the fields and rules of such files, what the words of a status mean, and the SQL that makes documents of lines.
"""
