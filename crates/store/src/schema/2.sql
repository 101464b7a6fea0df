-- Errands that still wait: few among all there ever were. Only errands have this api.
CREATE INDEX errand_waiting ON document(collection, created_at)
    WHERE api = 'segue' AND state <> 'answered' AND state <> 'withdrawn';
