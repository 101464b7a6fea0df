-- The products a company has imported, all of them in each version.
CREATE TABLE product_set(
  company TEXT NOT NULL,
  version INTEGER NOT NULL,
  loaded_at TEXT NOT NULL,              -- wall
  body TEXT NOT NULL,
  PRIMARY KEY (company, version)
) STRICT;
