"""From the schema of any released version to that of now, forward only (Alembic).

A released revision is never edited: a change of schema.py is a new file in versions/.
"""
