-- The places of books, apart from their terms: versions with the same places share them. Pieces
-- are small, so that no statement has to carry all of them.
ALTER TABLE book ADD COLUMN places TEXT;  -- digest; none where body has the places in it

CREATE TABLE places_piece(
  digest TEXT NOT NULL,
  number INTEGER NOT NULL,
  piece BLOB NOT NULL,
  PRIMARY KEY (digest, number)
) STRICT;
