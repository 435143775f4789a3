-- How many cards a VM has, and whether its guest is told anything of itself: neither ever changes. Whoever reads a VM without them need
-- not look for them.
ALTER TABLE vm
    ADD COLUMN nics      smallint NOT NULL DEFAULT 0 CHECK (nics >= 0),
    ADD COLUMN has_setup boolean NOT NULL DEFAULT false;

-- Quotas count these.
CREATE INDEX security_rule_tenant ON security_rule (tenant_id);

-- What hosts do not carry as they are told is looked for every few seconds.
CREATE INDEX host_network_problem ON host_network (network_id, host_id) WHERE problem IS NOT NULL;
