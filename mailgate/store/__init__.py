"""The ledger: what mailgate remembers. All SQL stands in this package, each statement once.

`sqlite.py` knows how to begin, commit and connect, `schema.py` how the tables came about; the other
files hold the statements of one subject each, as functions over an `Ask` (reads) or a `Work` (the
one write transaction). They are written in the SQL that SQLite and PostgreSQL share.
"""
