"""The sealed, append-only record: every act and observation of a session, chained and kept.

    entry.py   what one entry holds        codec.py   its canonical JSON (RFC 8785)
    chain.py   SHA-256 over the entries    seal.py    the signature over the last digest
    verify.py  what is wrong, and where    lines.py   the record as a text file
    link.py    drafts to entries            fold.py   a session's state from its entries

What reaches a database, SQLite or PostgreSQL, and nothing else here does:

    store.py   append, load             commit.py    many appends, one transaction
    schema.py  the tables               migrate.py   from the schema of an earlier release
    engines.py where the two differ     database.py  a SQLite file, read only, to check it

Nothing here is a picture or a sound: a media recording does not exist in this product.
"""
