-- Idempotency keys, quotas, the key that signs plans, news of ended tokens, indexes of lists. Only adds.

-- The first answer to a call with an Idempotency-Key. The row is written first in the transaction of the call, so a twin waits for
-- its end; only an answer that is a success is kept, together with all that the call changed.
CREATE TABLE idempotency_key (
    -- the tenant; all zeros for an administrator who acts for none
    scope        uuid NOT NULL,
    key          text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_hash bytea NOT NULL,
    request      text NOT NULL,
    status       integer,
    headers      jsonb,
    body         bytea,
    -- true: the body holds a secret and only the token that asked can open it
    sealed       boolean NOT NULL DEFAULT false,
    operation_id uuid,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, key)
) WITH (fillfactor = 80);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

-- NULL is unlimited. What is used is computed from the rows of vm and vm_disk.
ALTER TABLE tenant
    ADD COLUMN quota_vms        bigint CHECK (quota_vms >= 0),
    ADD COLUMN quota_vcpus      bigint CHECK (quota_vcpus >= 0),
    ADD COLUMN quota_memory_mib bigint CHECK (quota_memory_mib >= 0),
    ADD COLUMN quota_disk_mib   bigint CHECK (quota_disk_mib >= 0);
CREATE INDEX vm_quota ON vm (tenant_id) INCLUDE (vcpus, memory_mib);

-- Keys that all controllers of this database share.
CREATE TABLE controller_key (
    name       text PRIMARY KEY,
    bytes      bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Controllers remember whose a token is; they hear of its end whichever statement ends it.
CREATE FUNCTION tell_of_ended_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('yado_tokens', '');
    RETURN NULL;
END $$;
CREATE TRIGGER token_ended AFTER UPDATE OR DELETE ON token FOR EACH STATEMENT EXECUTE FUNCTION tell_of_ended_tokens();

-- For the administrator's list, which has no tenant to begin with.
CREATE INDEX vm_name ON vm (name, id);
