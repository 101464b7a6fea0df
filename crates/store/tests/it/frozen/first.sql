-- A store as the first format had it: one quote that was ordered, its order in work, events that were not taken.
-- Frozen: it is opened as it is, whatever becomes of the format. Schema, rows, and the number of the format.
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
INSERT INTO company VALUES ('acme', '{"id":"acme","name":"Acme","partyIds":["acme"],"baseUrl":"http://127.0.0.1:18556/acme","contact":{"name":"Acme desk","email":"desk@example.com","phone":"+1 555 0100"}}');
INSERT INTO partner VALUES ('acme', 'beta', 'beta', '{"company":"acme","id":"beta","name":"Beta","partyIds":["beta"],"baseUrl":"http://127.0.0.1:18601","client":{"clientId":"beta","method":"client_secret_basic","secrets":[{"sha256":"beb4edc742324477f3d6c2ef703ce18695bce0a9d0afe39f1e291ffdfcda08c9","until":"2026-12-08T13:26:38.713195119Z"},{"sha256":"3a6dbdec9708af1a2e225339cb194da53577c11ab27517b9b47ecb916edbd278"}]},"credentials":null,"callbackHosts":["127.0.0.1:18601"],"suspended":false}');
INSERT INTO agreement VALUES ('acme', 'beta', 'seller', 1, '2026-12-01T13:26:34.381053Z', '{"company":"acme","partner":"beta","role":"seller","version":1,"effectiveFrom":"2026-12-01T13:26:34.381053876Z","apis":{"geographicAddressManagement":8,"geographicAddressNotification":8,"geographicSiteManagement":8,"productInventory":8,"productOfferingQualification":8,"productOfferingQualificationNotification":8,"productOrderingManagement":11,"productOrderingNotification":11,"quoteManagement":10,"quoteNotification":10},"offerings":[],"countries":[],"billingAccounts":[],"budgetaryQuotes":true,"quoteRequired":false,"unknownAttributes":"warn"}');
INSERT INTO collection VALUES (1, 'acme', 'beta', 'seller', 'quote');
INSERT INTO collection VALUES (2, 'acme', 'beta', 'seller', 'productOrder');
INSERT INTO document VALUES (1, 1, '01a231c9-3499-75a5-bc2a-c71da0c558fd', 'quoteManagement', 'accepted', 4, 1, '2042-04-16T15:30:40.495050Z', '2042-04-16T16:31:32.992917Z', '{"instantSyncQuote":false,"buyerRequestedQuoteLevel":"firm","externalId":"curl-1","relatedContactInformation":[{"name":"Beta Business Telecom desk","number":"+1 555 0100","emailAddress":"desk@beta.example","role":"buyerContactInformation","organization":"Beta Business Telecom"},{"role":"sellerContactInformation","name":"Acme desk","number":"+1 555 0100","emailAddress":"desk@example.com"}],"quoteItem":[{"id":"uni","action":"add","product":{"productOffering":{"id":"port"},"productConfiguration":{"@type":"urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni:v5.0.0:all","listOfPhysicalLinks":[{"id":"1","physicalLink":"1000BASE_LX","synchronousEthernet":"DISABLED","precisionTiming":"DISABLED","uniConnectorType":"LC","uniConnectorGender":"SOCKET","autoNegotiation":"ENABLED"}],"linkAggregation":"NONE","aggregationLinkMap":[],"maximumServiceFrameSize":1522,"defaultCeVlanId":1,"maximumNumberOfEndPoints":1,"maximumNumberOfCeVlanIdsPerEndPoint":1,"ingressBandwidthProfile":[],"egressBandwidthProfile":[],"linkOam":"DISABLED","meg":"DISABLED","lagLinkMeg":"DISABLED","tokenShare":"DISABLED","envelopes":[],"l2cpAddressSet":"CTA","l2cpPeering":[]},"place":[{"place":{"@type":"GeographicAddressRef","id":"HILL-1"},"role":"INSTALL_LOCATION","contact":[{"name":"Beta Business Telecom desk","number":"+1 555 0100","emailAddress":"desk@beta.example"}]}]},"requestedQuoteItemTerm":{"name":"36 months","duration":{"amount":36,"units":"months"},"endOfTermAction":"roll","rollInterval":{"amount":1,"units":"months"}},"relatedContactInformation":[{"name":"Beta Business Telecom desk","number":"+1 555 0100","emailAddress":"desk@beta.example","role":"quoteItemTechnicalContact","organization":"Beta Business Telecom"}],"state":"approved.orderable","stateChange":[{"changeDate":"2042-04-16T15:30:40.495Z","state":"acknowledged"},{"changeDate":"2042-04-16T15:31:41.408Z","state":"inProgress"},{"changeDate":"2042-04-16T15:32:07.374Z","state":"approved.orderable"}],"quoteItemInstallationInterval":{"amount":2,"units":"calendarHours"},"quoteItemPrice":[{"name":"Port rental","description":"One price for all.","priceType":"recurring","price":{"dutyFreeAmount":{"unit":"EUR","value":100}},"recurringChargePeriod":{"amount":1,"units":"months"}}],"subjectToFeasibilityCheck":false,"quoteItemTerm":[{"name":"36 months","duration":{"amount":36,"units":"months"},"endOfTermAction":"roll","rollInterval":{"amount":1,"units":"months"}}]}],"requestedQuoteCompletionDate":"2090-01-01T00:00:00.000Z","id":"01a231c9-3499-75a5-bc2a-c71da0c558fd","href":"http://127.0.0.1:18556/acme/mefApi/sonata/quoteManagement/v10/quote/01a231c9-3499-75a5-bc2a-c71da0c558fd","quoteDate":"2042-04-16T15:30:40.495Z","state":"accepted","stateChange":[{"changeDate":"2042-04-16T15:30:40.495Z","state":"acknowledged"},{"changeDate":"2042-04-16T15:31:41.408Z","state":"inProgress"},{"changeDate":"2042-04-16T15:32:07.374Z","state":"approved.orderable"},{"changeDate":"2042-04-16T16:31:32.992Z","changeReason":"Ordered.","state":"accepted"}],"effectiveQuoteCompletionDate":"2042-04-16T15:32:07.374Z","validFor":{"endDateTime":"2042-05-16T15:32:07.374Z"},"quoteLevel":"firm"}');
INSERT INTO document VALUES (2, 2, '01a231c9-388e-768d-b3be-1f65456ec2d7', 'productOrderingManagement', 'inProgress', 3, 1, '2042-04-16T16:31:32.992917Z', '2042-04-16T17:32:15.320580Z', '{"id":"01a231c9-388e-768d-b3be-1f65456ec2d7","href":"http://127.0.0.1:18556/acme/mefApi/sonata/productOrderingManagement/v11/productOrder/01a231c9-388e-768d-b3be-1f65456ec2d7","orderDate":"2042-04-16T16:31:32.992Z","externalId":"curl-1","relatedContactInformation":[{"name":"Beta Business Telecom desk","number":"+1 555 0100","emailAddress":"desk@beta.example","role":"productOrderContact","organization":"Beta Business Telecom"},{"role":"sellerContact","name":"Acme desk","number":"+1 555 0100","emailAddress":"desk@example.com"}],"productOrderItem":[{"id":"uni","action":"add","requestedCompletionDate":"2099-01-01T00:00:00.000Z","quoteItem":{"quoteId":"01a231c9-3499-75a5-bc2a-c71da0c558fd","id":"uni"},"product":{"productOffering":{"id":"port"},"productConfiguration":{"@type":"urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni:v5.0.0:all","listOfPhysicalLinks":[{"id":"1","physicalLink":"1000BASE_LX","synchronousEthernet":"DISABLED","precisionTiming":"DISABLED","uniConnectorType":"LC","uniConnectorGender":"SOCKET","autoNegotiation":"ENABLED"}],"linkAggregation":"NONE","aggregationLinkMap":[],"maximumServiceFrameSize":1522,"defaultCeVlanId":1,"maximumNumberOfEndPoints":1,"maximumNumberOfCeVlanIdsPerEndPoint":1,"ingressBandwidthProfile":[],"egressBandwidthProfile":[],"linkOam":"DISABLED","meg":"DISABLED","lagLinkMeg":"DISABLED","tokenShare":"DISABLED","envelopes":[],"l2cpAddressSet":"CTA","l2cpPeering":[]},"place":[{"place":{"@type":"GeographicAddressRef","id":"HILL-1"},"role":"INSTALL_LOCATION","contact":[{"name":"Beta Business Telecom desk","number":"+1 555 0100","emailAddress":"desk@beta.example"}]}]},"requestedItemTerm":{"name":"36 months","duration":{"amount":36,"units":"months"},"endOfTermAction":"roll","rollInterval":{"amount":1,"units":"months"}},"billingAccount":{"id":"beta-main"},"relatedContactInformation":[{"name":"Beta Business Telecom desk","number":"+1 555 0100","emailAddress":"desk@beta.example","role":"buyerProductOrderItemContact","organization":"Beta Business Telecom"},{"name":"Beta Business Telecom desk","number":"+1 555 0100","emailAddress":"desk@beta.example","role":"buyerImplementationContact","organization":"Beta Business Telecom"},{"name":"Beta Business Telecom desk","number":"+1 555 0100","emailAddress":"desk@beta.example","role":"buyerTechnicalContact","organization":"Beta Business Telecom"},{"role":"sellerContact","name":"Acme desk","number":"+1 555 0100","emailAddress":"desk@example.com"}],"state":"inProgress","stateChange":[{"changeDate":"2042-04-16T16:31:32.992Z","state":"acknowledged"},{"changeDate":"2042-04-16T16:32:00.804Z","state":"inProgress"}],"itemTerm":[{"name":"36 months","duration":{"amount":36,"units":"months"},"endOfTermAction":"roll","rollInterval":{"amount":1,"units":"months"}}],"expectedCompletionDate":"2099-01-01T00:00:00.000Z","milestone":[{"date":"2042-04-16T17:32:15.320Z","name":"PLANNING_COMPLETE","note":"Reported by the simulated network."}]}],"state":"inProgress","stateChange":[{"changeDate":"2042-04-16T16:31:32.992Z","state":"acknowledged"},{"changeDate":"2042-04-16T16:32:00.804Z","state":"inProgress"}]}');
INSERT INTO index_row VALUES (1, 'effectiveQuoteCompletionDate', '2042-04-16T15:32:07.374Z', 1);
INSERT INTO index_row VALUES (1, 'externalId', 'curl-1', 1);
INSERT INTO index_row VALUES (1, 'quoteDate', '2042-04-16T15:30:40.495Z', 1);
INSERT INTO index_row VALUES (1, 'quoteLevel', 'firm', 1);
INSERT INTO index_row VALUES (1, 'requestedQuoteCompletionDate', '2090-01-01T00:00:00.000Z', 1);
INSERT INTO index_row VALUES (1, 'state', 'accepted', 1);
INSERT INTO index_row VALUES (2, 'externalId', 'curl-1', 2);
INSERT INTO index_row VALUES (2, 'itemExpectedCompletionDate', '2099-01-01T00:00:00.000Z', 2);
INSERT INTO index_row VALUES (2, 'itemRequestedCompletionDate', '2099-01-01T00:00:00.000Z', 2);
INSERT INTO index_row VALUES (2, 'orderDate', '2042-04-16T16:31:32.992Z', 2);
INSERT INTO index_row VALUES (2, 'state', 'inProgress', 2);
INSERT INTO history VALUES (1, 1, '2042-04-16T15:30:40.495050Z', 'acknowledged', 'beta');
INSERT INTO history VALUES (1, 2, '2042-04-16T15:31:41.408958Z', 'inProgress', 'clock');
INSERT INTO history VALUES (1, 3, '2042-04-16T15:32:07.374717Z', 'approved.orderable', 'clock');
INSERT INTO history VALUES (1, 4, '2042-04-16T16:31:32.992917Z', 'accepted', 'beta');
INSERT INTO history VALUES (2, 1, '2042-04-16T16:31:32.992917Z', 'acknowledged', 'beta');
INSERT INTO history VALUES (2, 2, '2042-04-16T16:32:00.804242Z', 'inProgress', 'clock');
INSERT INTO history VALUES (2, 3, '2042-04-16T17:32:15.320580Z', 'inProgress', 'clock');
INSERT INTO job VALUES ('01a231c9-3895-7052-b776-55f64bbd56b2', 'acme', 'beta', '01a231c9-388e-768d-b3be-1f65456ec2d7', 'productOrder', 'complete', '{"item":"uni","prices":[{"name":"Port rental","description":"One price for all.","priceType":"recurring","price":{"dutyFreeAmount":{"unit":"EUR","value":100}},"recurringChargePeriod":{"amount":1,"units":"months"}}],"milestones":["PLANNING_COMPLETE"],"plain":"2042-04-16T18:32:00.804Z","after":[],"holds":null}', '2099-01-01T00:00:00.000000Z', 0, 0, NULL, 'c38e1e124520b3cc3a5147f5a044efdb');
INSERT INTO hold VALUES ('acme', '01a231c9-388e-768d-b3be-1f65456ec2d7#uni', 'port/HILL-1', 1, NULL);
INSERT INTO subscription VALUES (1, 'acme', 'beta', '01a231c9-348f-72eb-a404-59de48a75814', 'quoteManagement', 'quoteNotification', 10, 'http://127.0.0.1:18601/beta', NULL, '[]', '');
INSERT INTO event VALUES (1, '01a231c9-34a9-745e-8b08-0e2f6d1527ba', 'acme', 'beta', 'quoteNotification', 'quoteItemStateChangeEvent', '01a231c9-3499-75a5-bc2a-c71da0c558fd', '2042-04-16T15:31:41.408958Z', '2026-12-01T13:26:39.529604Z', '{"id":"01a231c9-3499-75a5-bc2a-c71da0c558fd","href":"http://127.0.0.1:18556/acme/mefApi/sonata/quoteManagement/v10/quote/01a231c9-3499-75a5-bc2a-c71da0c558fd","state":"inProgress","quoteItemId":"uni"}', '25ad15e814d8c26be5e96ec907e83548');
INSERT INTO event VALUES (2, '01a231c9-34a9-745e-8b08-0e304b3c256c', 'acme', 'beta', 'quoteNotification', 'quoteStateChangeEvent', '01a231c9-3499-75a5-bc2a-c71da0c558fd', '2042-04-16T15:31:41.408958Z', '2026-12-01T13:26:39.529604Z', '{"id":"01a231c9-3499-75a5-bc2a-c71da0c558fd","href":"http://127.0.0.1:18556/acme/mefApi/sonata/quoteManagement/v10/quote/01a231c9-3499-75a5-bc2a-c71da0c558fd","state":"inProgress"}', '25ad15e814d8c26be5e96ec907e83548');
INSERT INTO event VALUES (3, '01a231c9-34b0-728c-8792-0d2cb1facf1f', 'acme', 'beta', 'quoteNotification', 'quoteItemStateChangeEvent', '01a231c9-3499-75a5-bc2a-c71da0c558fd', '2042-04-16T15:32:07.374717Z', '2026-12-01T13:26:39.538321Z', '{"id":"01a231c9-3499-75a5-bc2a-c71da0c558fd","href":"http://127.0.0.1:18556/acme/mefApi/sonata/quoteManagement/v10/quote/01a231c9-3499-75a5-bc2a-c71da0c558fd","state":"approved.orderable","quoteItemId":"uni"}', '25ad15e814d8c26be5e96ec907e83548');
INSERT INTO event VALUES (4, '01a231c9-34b0-728c-8792-0d2d6b7582b0', 'acme', 'beta', 'quoteNotification', 'quoteStateChangeEvent', '01a231c9-3499-75a5-bc2a-c71da0c558fd', '2042-04-16T15:32:07.374717Z', '2026-12-01T13:26:39.538321Z', '{"id":"01a231c9-3499-75a5-bc2a-c71da0c558fd","href":"http://127.0.0.1:18556/acme/mefApi/sonata/quoteManagement/v10/quote/01a231c9-3499-75a5-bc2a-c71da0c558fd","state":"approved.orderable"}', '25ad15e814d8c26be5e96ec907e83548');
INSERT INTO event VALUES (5, '01a231c9-388f-701d-99e7-e9341a6bf1da', 'acme', 'beta', 'quoteNotification', 'quoteStateChangeEvent', '01a231c9-3499-75a5-bc2a-c71da0c558fd', '2042-04-16T16:31:32.992917Z', '2026-12-01T13:26:40.528055Z', '{"id":"01a231c9-3499-75a5-bc2a-c71da0c558fd","href":"http://127.0.0.1:18556/acme/mefApi/sonata/quoteManagement/v10/quote/01a231c9-3499-75a5-bc2a-c71da0c558fd","state":"accepted"}', 'c38e1e124520b3cc3a5147f5a044efdb');
INSERT INTO event VALUES (6, '01a231c9-3895-7052-b776-55f273b1b00e', 'acme', 'beta', 'productOrderingNotification', 'productOrderItemStateChangeEvent', '01a231c9-388e-768d-b3be-1f65456ec2d7', '2042-04-16T16:32:00.804242Z', '2026-12-01T13:26:40.534145Z', '{"state":"inProgress","orderItemId":"uni","id":"01a231c9-388e-768d-b3be-1f65456ec2d7","href":"http://127.0.0.1:18556/acme/mefApi/sonata/productOrderingManagement/v11/productOrder/01a231c9-388e-768d-b3be-1f65456ec2d7"}', 'c38e1e124520b3cc3a5147f5a044efdb');
INSERT INTO event VALUES (7, '01a231c9-3895-7052-b776-55f317e979cd', 'acme', 'beta', 'productOrderingNotification', 'productOrderItemExpectedCompletionDateSetEvent', '01a231c9-388e-768d-b3be-1f65456ec2d7', '2042-04-16T16:32:00.804242Z', '2026-12-01T13:26:40.534145Z', '{"orderItemId":"uni","id":"01a231c9-388e-768d-b3be-1f65456ec2d7","href":"http://127.0.0.1:18556/acme/mefApi/sonata/productOrderingManagement/v11/productOrder/01a231c9-388e-768d-b3be-1f65456ec2d7"}', 'c38e1e124520b3cc3a5147f5a044efdb');
INSERT INTO event VALUES (8, '01a231c9-3895-7052-b776-55f4de71c2b6', 'acme', 'beta', 'productOrderingNotification', 'productOrderStateChangeEvent', '01a231c9-388e-768d-b3be-1f65456ec2d7', '2042-04-16T16:32:00.804242Z', '2026-12-01T13:26:40.534145Z', '{"state":"inProgress","id":"01a231c9-388e-768d-b3be-1f65456ec2d7","href":"http://127.0.0.1:18556/acme/mefApi/sonata/productOrderingManagement/v11/productOrder/01a231c9-388e-768d-b3be-1f65456ec2d7"}', 'c38e1e124520b3cc3a5147f5a044efdb');
INSERT INTO event VALUES (9, '01a231c9-3c81-713b-b4e1-5d8258b8a717', 'acme', 'beta', 'productOrderingNotification', 'productSpecificProductOrderItemMilestoneEvent', '01a231c9-388e-768d-b3be-1f65456ec2d7', '2042-04-16T17:32:15.320580Z', '2026-12-01T13:26:41.537939Z', '{"milestoneName":"PLANNING_COMPLETE","orderItemId":"uni","id":"01a231c9-388e-768d-b3be-1f65456ec2d7","href":"http://127.0.0.1:18556/acme/mefApi/sonata/productOrderingManagement/v11/productOrder/01a231c9-388e-768d-b3be-1f65456ec2d7"}', 'c38e1e124520b3cc3a5147f5a044efdb');
INSERT INTO delivery VALUES (1, 1, 1, '01a231c9-3499-75a5-bc2a-c71da0c558fd', 1, 'waiting', 1, '2026-12-01T13:26:45.029530Z', NULL, 'there are no credentials for this partner; `segue partner import` its card');
INSERT INTO delivery VALUES (2, 1, 2, '01a231c9-3499-75a5-bc2a-c71da0c558fd', 0, 'waiting', 0, '2026-12-01T13:26:39.529604Z', NULL, NULL);
INSERT INTO delivery VALUES (3, 1, 3, '01a231c9-3499-75a5-bc2a-c71da0c558fd', 0, 'waiting', 0, '2026-12-01T13:26:39.538321Z', NULL, NULL);
INSERT INTO delivery VALUES (4, 1, 4, '01a231c9-3499-75a5-bc2a-c71da0c558fd', 0, 'waiting', 0, '2026-12-01T13:26:39.538321Z', NULL, NULL);
INSERT INTO delivery VALUES (5, 1, 5, '01a231c9-3499-75a5-bc2a-c71da0c558fd', 0, 'waiting', 0, '2026-12-01T13:26:40.528055Z', NULL, NULL);
INSERT INTO audit VALUES (1, '2026-12-01T13:26:34.235547Z', 'acme', 'operator', 'book.load', 'book/1', 'ok', '', '', '1cfef460fa78d6de78803d6933fa56056abd5719e83375c0edb27608d6d247d3');
INSERT INTO audit VALUES (2, '2026-12-01T13:26:34.377683Z', 'acme', 'operator', 'partner.add', 'partner/beta', 'ok', 'seller', '', 'ff83ac1172944bb23530f29bbe0d4619cadbc112d2fceffe6b4a51f78a70b6f7');
INSERT INTO audit VALUES (3, '2026-12-01T13:26:34.663691Z', 'acme', 'operator', 'partner.secret', 'partner/beta', 'ok', 'new', '', '307f59bc50bee34af20ed54ad3500fe1c64854bb6487906a0fc36ce5f312c328');
INSERT INTO audit VALUES (4, '2026-12-01T13:26:38.814267Z', 'acme', 'operator', 'partner.secret', 'partner/beta', 'ok', 'new', '', 'b32732629d8864c456b48567095d61a3b61d5add4414b0592b6cf1e29c3610e4');
INSERT INTO audit VALUES (5, '2026-12-01T13:26:39.497237Z', 'acme', 'beta', 'token.issued', 'token/DeMNoBVlcFM4Dvsp6zshylzdUGNTpzOFt0UHdXtUvmM', 'ok', '', '01a231c9-3486-778c-afee-d14f066b8518', '58c7bbbb93b3a019a339d2d87638405892f355a1c460a310f546a06ca4dfd48e');
INSERT INTO audit VALUES (6, '2026-12-01T13:26:39.503876Z', 'acme', 'beta', 'registerListener', 'hub/01a231c9-348f-72eb-a404-59de48a75814', 'ok', '', '01a231c9-348d-76ec-867c-e46e4ddf6736', '43ccbb794a840cc8514c552be7f3bd64b2cf8ffddc024c5c770abf880519f90d');
INSERT INTO audit VALUES (7, '2026-12-01T13:26:39.514135Z', 'acme', 'beta', 'createQuote', 'quote/01a231c9-3499-75a5-bc2a-c71da0c558fd', 'acknowledged', '', '01a231c9-3493-76c9-90f2-360c5c3b3093', '3b710890fb657387ed3cd5f819e7a0193202743f31a8222ca4472a52165c3220');
INSERT INTO audit VALUES (8, '2026-12-01T13:26:39.529604Z', 'acme', 'clock', 'quote.answer', 'quote/01a231c9-3499-75a5-bc2a-c71da0c558fd', 'inProgress', '', '01a231c9-3499-75a5-bc2a-c7207a3812e9', '290690ba055dfe24ae408e85ae896a4599d3024937a44c93da9145b273cfe542');
INSERT INTO audit VALUES (9, '2026-12-01T13:26:39.538321Z', 'acme', 'clock', 'quote.answer', 'quote/01a231c9-3499-75a5-bc2a-c71da0c558fd', 'approved.orderable', '', '01a231c9-34a9-745e-8b08-0e32c88698c7', 'd0fade9d7116c3f6b5ad1eabb4a83595e00c0cf7caf6ab6096fa93b1f27a6796');
INSERT INTO audit VALUES (10, '2026-12-01T13:26:40.528055Z', 'acme', 'beta', 'createProductOrder', 'productOrder/01a231c9-388e-768d-b3be-1f65456ec2d7', 'acknowledged', '', '01a231c9-388a-72dd-babc-a23ab7ce0f1e', '03882670bd0e4ef63e07c3ce4b285ea5ea1011804ec01d117c5ef25862097cea');
INSERT INTO audit VALUES (11, '2026-12-01T13:26:40.534145Z', 'acme', 'clock', 'productOrder.validate', 'productOrder/01a231c9-388e-768d-b3be-1f65456ec2d7', 'inProgress', '', '01a231c9-388f-701d-99e7-e932ce91e0ff', '2a43d1b90c87f22db0e918d10d0cc6dfe35d2e20657a96b9f7fc705e746cb7cc');
INSERT INTO audit VALUES (12, '2026-12-01T13:26:41.537939Z', 'acme', 'clock', 'productOrder.milestone', 'productOrder/01a231c9-388e-768d-b3be-1f65456ec2d7', 'inProgress', '', '01a231c9-3895-7052-b776-55f5916643d3', '29220aabc90f45199f80c753a04a1a88a5459d1a1c9920f34ef090b9d9ef771d');
INSERT OR REPLACE INTO audit_head VALUES (1, 12, '29220aabc90f45199f80c753a04a1a88a5459d1a1c9920f34ef090b9d9ef771d');
PRAGMA user_version = 1;
