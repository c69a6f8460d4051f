"""The sealed, append-only record: every act and observation of a session, chained and kept.

    entry.py   what one entry holds        codec.py   its canonical JSON (RFC 8785)
    chain.py   SHA-256 over the entries    seal.py    the signature over the last digest
    verify.py  what is wrong, and where    lines.py   the record as a text file
    link.py    drafts to entries            database.py  a database file, read only
    store.py   SQLite, one transaction an append: the only module here that awaits
    fold.py    a session's state from its entries

Nothing here is a picture or a sound: a media recording does not exist in this product.
"""
