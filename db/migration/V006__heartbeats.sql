-- Heartbeats cost little: a host that says nothing new is recognised by a digest of what it said, and its row is updated in place
-- (HOT: no indexed column changes and the page has room).
ALTER TABLE host ADD COLUMN facts_digest text;
ALTER TABLE host SET (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.5);

-- Reports change what is observed of a VM, which no index has.
ALTER TABLE vm SET (fillfactor = 75);
