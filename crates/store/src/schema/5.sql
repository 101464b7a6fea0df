-- Requests of ours that make something at a Seller, from before they leave until what came of them
-- is known.
CREATE TABLE open_request(
  key TEXT PRIMARY KEY,                 -- the Idempotency-Key it leaves with
  company TEXT NOT NULL,
  partner TEXT NOT NULL,
  api TEXT NOT NULL,
  operation TEXT NOT NULL,
  opened_at TEXT NOT NULL,              -- wall
  body TEXT NOT NULL
) STRICT;
CREATE INDEX open_request_by_partner ON open_request(company, partner);
