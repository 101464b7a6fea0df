-- Lists of sites asked of several Sellers: what is asked, and how far it has come with each.
CREATE TABLE tender(
  company TEXT NOT NULL,
  number INTEGER NOT NULL,
  created_at TEXT NOT NULL,             -- wall
  body TEXT NOT NULL,
  PRIMARY KEY (company, number)
) STRICT;

-- One site at one Seller. `done` tells what a run that goes on has to read.
CREATE TABLE visit(
  company TEXT NOT NULL,
  tender INTEGER NOT NULL,
  partner TEXT NOT NULL,
  site INTEGER NOT NULL,
  done INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (company, tender, partner, site),
  FOREIGN KEY (company, tender) REFERENCES tender(company, number)
) STRICT, WITHOUT ROWID;
