-- How often which API version was used, by a partner here and by us at a partner: sums since ever.
CREATE TABLE traffic(
  company TEXT NOT NULL,
  partner TEXT NOT NULL,
  role TEXT NOT NULL,                   -- ours
  api TEXT NOT NULL,
  version INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  refused INTEGER NOT NULL,             -- of these calls
  first_at TEXT NOT NULL,               -- wall
  last_at TEXT NOT NULL,                -- wall
  PRIMARY KEY (company, partner, role, api, version)
) STRICT, WITHOUT ROWID;
