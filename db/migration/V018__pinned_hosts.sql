-- The only host that a VM may be on, where an administrator has said so.
ALTER TABLE vm ADD COLUMN pinned_host uuid REFERENCES host ON DELETE SET NULL;
CREATE INDEX vm_pinned_host ON vm (pinned_host) WHERE pinned_host IS NOT NULL;
