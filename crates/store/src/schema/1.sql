-- Times are RFC 3339 text in UTC with microseconds: always 27 characters.
-- "wall" and "business" say which clock a time is of.

CREATE TABLE company(id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;

CREATE TABLE partner(
  company TEXT NOT NULL REFERENCES company(id),
  id TEXT NOT NULL,
  client_id TEXT,                       -- unique among the clients of one company
  body TEXT NOT NULL,
  PRIMARY KEY (company, id),
  UNIQUE (company, client_id)
) STRICT;

CREATE TABLE agreement(
  company TEXT NOT NULL,
  partner TEXT NOT NULL,
  role TEXT NOT NULL,
  version INTEGER NOT NULL,
  effective_from TEXT NOT NULL,         -- wall
  body TEXT NOT NULL,
  PRIMARY KEY (company, partner, role, version),
  FOREIGN KEY (company, partner) REFERENCES partner(company, id)
) STRICT;

CREATE TABLE book(
  company TEXT NOT NULL,
  version INTEGER NOT NULL,
  loaded_at TEXT NOT NULL,              -- wall
  body TEXT NOT NULL,
  PRIMARY KEY (company, version)
) STRICT;

-- All documents of one resource that one partner may see. A read finds the collection first:
-- what is in another one cannot be found from there.
CREATE TABLE collection(
  seq INTEGER PRIMARY KEY,
  company TEXT NOT NULL,
  partner TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('seller', 'buyer')),
  resource TEXT NOT NULL,
  UNIQUE (company, partner, side, resource)
) STRICT;

CREATE TABLE document(
  seq INTEGER PRIMARY KEY,
  collection INTEGER NOT NULL REFERENCES collection(seq),
  id TEXT NOT NULL,
  api TEXT NOT NULL,
  state TEXT NOT NULL,
  revision INTEGER NOT NULL,
  agreement_version INTEGER NOT NULL,
  created_at TEXT NOT NULL,             -- business
  updated_at TEXT NOT NULL,             -- business
  body TEXT NOT NULL,
  UNIQUE (collection, id)
) STRICT;
CREATE INDEX document_by_age ON document(collection, created_at, id);
CREATE INDEX document_by_id ON document(id);

-- The values of the declared filters.
CREATE TABLE index_row(
  collection INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  document INTEGER NOT NULL REFERENCES document(seq),
  PRIMARY KEY (collection, name, value, document)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_row_by_document ON index_row(document);

CREATE TABLE history(
  document INTEGER NOT NULL REFERENCES document(seq),
  revision INTEGER NOT NULL,
  at TEXT NOT NULL,                     -- business
  state TEXT NOT NULL,
  actor TEXT NOT NULL,
  PRIMARY KEY (document, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE received(
  seq INTEGER PRIMARY KEY,
  company TEXT NOT NULL,
  partner TEXT NOT NULL,
  document_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  version INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX received_by_document ON received(company, document_id);

CREATE TABLE decision(
  seq INTEGER PRIMARY KEY,
  company TEXT NOT NULL,
  id TEXT NOT NULL,
  document_id TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (company, id)
) STRICT;
CREATE INDEX decision_by_document ON decision(company, document_id);

CREATE TABLE job(
  id TEXT PRIMARY KEY,
  company TEXT NOT NULL,
  partner TEXT NOT NULL,
  document_id TEXT NOT NULL,
  resource TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  due_at TEXT NOT NULL,                 -- business
  attempt INTEGER NOT NULL,
  parked INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  trace TEXT NOT NULL                   -- of the request that began it
) STRICT;
CREATE INDEX job_by_due ON job(due_at) WHERE parked = 0;
CREATE INDEX job_parked ON job(company) WHERE parked = 1;
CREATE INDEX job_by_document ON job(company, partner, document_id);

CREATE TABLE hold(
  company TEXT NOT NULL,
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  amount INTEGER NOT NULL,
  expires_at TEXT,                      -- business; absent: for good
  PRIMARY KEY (company, owner, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_by_key ON hold(key, company, expires_at, amount);

CREATE TABLE subscription(
  seq INTEGER PRIMARY KEY,
  company TEXT NOT NULL,
  partner TEXT NOT NULL,
  id TEXT NOT NULL,
  api TEXT NOT NULL,
  notification TEXT NOT NULL,
  version INTEGER NOT NULL,
  callback TEXT NOT NULL,
  query TEXT,
  event_types TEXT NOT NULL,            -- JSON list
  party_query TEXT NOT NULL,
  UNIQUE (company, partner, id)
) STRICT;

CREATE TABLE event(
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  company TEXT NOT NULL,
  partner TEXT NOT NULL,
  api TEXT NOT NULL,
  event_type TEXT NOT NULL,
  lane TEXT NOT NULL,
  at TEXT NOT NULL,                     -- business
  stored_at TEXT NOT NULL,              -- wall
  payload TEXT NOT NULL,
  trace TEXT NOT NULL
) STRICT;
CREATE INDEX event_by_age ON event(stored_at);

-- seq is given inside the commit, by the only writer: order of seq is order of commits.
CREATE TABLE delivery(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  subscription INTEGER NOT NULL REFERENCES subscription(seq) ON DELETE CASCADE,
  event INTEGER NOT NULL REFERENCES event(seq) ON DELETE CASCADE,
  lane TEXT NOT NULL,
  head INTEGER NOT NULL,                -- 1: the oldest unfinished one of its lane
  state TEXT NOT NULL CHECK (state IN ('waiting', 'parked', 'done', 'dropped')),
  attempt INTEGER NOT NULL,
  next_attempt TEXT NOT NULL,           -- wall
  finished_at TEXT,                     -- wall
  error TEXT
) STRICT;
CREATE INDEX delivery_ready ON delivery(next_attempt, subscription) WHERE head = 1 AND state = 'waiting';
CREATE INDEX delivery_lane ON delivery(subscription, lane, seq) WHERE finished_at IS NULL;
CREATE INDEX delivery_parked ON delivery(subscription, seq) WHERE state = 'parked';
CREATE INDEX delivery_by_event ON delivery(event);

CREATE TABLE inbox(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  company TEXT NOT NULL,
  partner TEXT NOT NULL,
  api TEXT NOT NULL,
  version INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  event_id TEXT NOT NULL,
  received_at TEXT NOT NULL,            -- wall
  body TEXT NOT NULL,
  done INTEGER NOT NULL DEFAULT 0,
  UNIQUE (company, partner, api, event_id)
) STRICT;
CREATE INDEX inbox_pending ON inbox(seq) WHERE done = 0;
CREATE INDEX inbox_by_age ON inbox(received_at) WHERE done = 1;

CREATE TABLE idempotency(
  key TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires_at TEXT NOT NULL              -- wall
) STRICT;
CREATE INDEX idempotency_by_end ON idempotency(expires_at);

CREATE TABLE audit(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,                     -- wall
  company TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  outcome TEXT NOT NULL,
  detail TEXT NOT NULL,
  request_id TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;

-- The end of the audit chain, kept apart so that cutting rows off is seen.
CREATE TABLE audit_head(one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
INSERT INTO audit_head VALUES (1, 0, '');

CREATE TABLE signing_key(
  company TEXT NOT NULL,
  kid TEXT NOT NULL,
  sealed BLOB NOT NULL,
  public_jwk TEXT NOT NULL,
  created_at TEXT NOT NULL,             -- wall
  retired_at TEXT,                      -- wall
  PRIMARY KEY (company, kid)
) STRICT;

CREATE TABLE secret(
  company TEXT NOT NULL,
  name TEXT NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (company, name)
) STRICT;

CREATE TABLE seen_jti(
  client TEXT NOT NULL,
  jti TEXT NOT NULL,
  expires_at TEXT NOT NULL,             -- wall
  PRIMARY KEY (client, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_jti_by_end ON seen_jti(expires_at);

CREATE TABLE revoked_token(jti TEXT PRIMARY KEY, until TEXT NOT NULL) STRICT;

CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
