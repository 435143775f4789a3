-- How many cards a VM has, and whether its guest is told anything of itself: neither ever changes. Whoever reads a VM without them need
-- not look for them.
ALTER TABLE vm
    ADD COLUMN nics      smallint NOT NULL DEFAULT 0 CHECK (nics >= 0),
    ADD COLUMN has_setup boolean NOT NULL DEFAULT false;

-- Quotas count these.
CREATE INDEX security_rule_tenant ON security_rule (tenant_id);
