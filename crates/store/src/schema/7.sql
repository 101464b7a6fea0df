-- Of each revision: what it comes of, when it was stored, and how it differs from the one before.
ALTER TABLE history ADD COLUMN cause TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN stored_at TEXT;  -- wall; none in rows of older programs
ALTER TABLE history ADD COLUMN changes TEXT;    -- JSON list; none in first revisions

-- Documents that may still change by themselves, few among all there ever were: mirrors of these
-- are looked after. States that are ends, and those of products, which last for years.
CREATE INDEX document_open ON document(collection) WHERE state NOT IN (
  '', 'accepted', 'active', 'cancelled', 'completed', 'declined', 'done', 'done.declined', 'expired', 'failed',
  'partial', 'ready', 'rejected', 'terminated', 'terminatedWithError', 'timeout', 'unableToProvide',
  'withdrawnBySeller');
