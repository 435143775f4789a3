-- Snapshots of VMs. They lie beside the disks, on the VM's host, and go with the VM; here is what is promised of them.

ALTER TABLE tenant
    ADD COLUMN quota_snapshots bigint CHECK (quota_snapshots >= 0);

CREATE TABLE snapshot (
    id           uuid PRIMARY KEY,
    tenant_id    uuid NOT NULL REFERENCES tenant,
    vm_id        uuid NOT NULL REFERENCES vm ON DELETE CASCADE,
    name         text NOT NULL,
    operation_id uuid NOT NULL,
    -- TAKING, REVERTING, DELETING: a host is at it, or is to be. AVAILABLE: it is there. FAILED: there is none
    state        text NOT NULL CHECK (state IN ('TAKING', 'AVAILABLE', 'REVERTING', 'DELETING', 'FAILED')),
    reason       text,
    -- the host is asked anew under another name when an attempt came to nothing
    attempts     integer NOT NULL DEFAULT 0,
    disks        uuid[] NOT NULL CHECK (cardinality(disks) > 0),
    taken_at     timestamptz,
    pause_ms     double precision,
    -- the last SnapshotAnswer of the operation
    answer       jsonb,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CHECK (state NOT IN ('AVAILABLE', 'REVERTING') OR taken_at IS NOT NULL)
);
CREATE INDEX snapshot_vm ON snapshot (vm_id, id DESC);
CREATE INDEX snapshot_tenant ON snapshot (tenant_id);
CREATE UNIQUE INDEX snapshot_name ON snapshot (vm_id, name) WHERE state <> 'FAILED';
-- One thing at a time is done about a VM's snapshots.
CREATE UNIQUE INDEX snapshot_open ON snapshot (vm_id) WHERE state IN ('TAKING', 'REVERTING', 'DELETING');

CREATE FUNCTION tell_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present snapshot := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(present.tenant_id,
        CASE TG_OP WHEN 'INSERT' THEN 'snapshot.created' WHEN 'DELETE' THEN 'snapshot.removed' ELSE 'snapshot.changed' END,
        'snapshot', present.id,
        jsonb_build_object('vmId', present.vm_id, 'name', present.name, 'state', present.state, 'reason', present.reason,
            'takenAt', present.taken_at));
    RETURN NULL;
END $$;
CREATE TRIGGER snapshot_made_or_removed AFTER INSERT OR DELETE ON snapshot FOR EACH ROW EXECUTE FUNCTION tell_snapshot();
CREATE TRIGGER snapshot_changed AFTER UPDATE ON snapshot FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION tell_snapshot();
