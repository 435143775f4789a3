-- Backups of VMs. The data lie in repositories that hosts write to and read from themselves; here is what is promised of them.

-- What the host says of itself for backups (BackupFacts).
ALTER TABLE host ADD COLUMN backup jsonb;

-- The backup that a disk is made from, once. Kept for ever: it is part of what its host was told.
ALTER TABLE vm_disk
    ADD COLUMN origin_repository text,
    ADD COLUMN origin_marker     uuid,
    ADD COLUMN origin_backup     uuid,
    ADD COLUMN origin_disk       uuid,
    ADD COLUMN origin_mode       text CHECK (origin_mode IN ('FULL', 'INSTANT')),
    ADD CHECK (num_nonnulls(origin_repository, origin_marker, origin_backup, origin_disk, origin_mode) IN (0, 5)),
    ADD CHECK (origin_backup IS NULL OR image_id IS NULL);

ALTER TABLE tenant
    ADD COLUMN quota_backups bigint CHECK (quota_backups >= 0);

-- One backup. It outlives its VM.
CREATE TABLE backup (
    id           uuid PRIMARY KEY,
    tenant_id    uuid NOT NULL REFERENCES tenant,
    vm_id        uuid NOT NULL,
    vm_name      text NOT NULL,
    operation_id uuid NOT NULL,
    repository   text NOT NULL,
    -- what lies in that repository, whatever hosts call it
    marker       uuid NOT NULL,
    -- TAKING: a host is at it, or is to be. AVAILABLE: it is in the repository, whole and read again. FAILED: there is none.
    -- DELETING: it is going from the repository
    state        text NOT NULL CHECK (state IN ('TAKING', 'AVAILABLE', 'FAILED', 'DELETING')),
    reason       text,
    -- the attempt: a host that has failed it never takes it up again, so the next has another id, which is the one in the repository
    job_id       uuid NOT NULL UNIQUE,
    attempts     integer NOT NULL DEFAULT 0,
    host_id      uuid,
    previous_job uuid,
    -- the VM as it was (BackedUp)
    vm           jsonb NOT NULL,
    freeze_ms    integer NOT NULL,
    bandwidth_mibs integer,
    -- the last BackupAnswer
    answer       jsonb,
    taken_at     timestamptz,
    consistency  text CHECK (consistency IN ('APPLICATION', 'FILE_SYSTEM', 'CRASH', 'STOPPED')),
    verified_at  timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    CHECK (state <> 'AVAILABLE' OR num_nonnulls(taken_at, consistency, verified_at, ended_at, answer) = 5)
);
CREATE INDEX backup_vm ON backup (vm_id, id DESC);
CREATE INDEX backup_tenant ON backup (tenant_id, id DESC);
-- A VM is backed up once at a time.
CREATE UNIQUE INDEX backup_taking ON backup (vm_id) WHERE state = 'TAKING';

-- Attempts whose end nobody waits for: a host may still be at them, or have put them into the repository.
CREATE TABLE backup_leftover (
    job_id       uuid PRIMARY KEY,
    operation_id uuid NOT NULL,
    vm_id        uuid NOT NULL,
    host_id      uuid NOT NULL REFERENCES host ON DELETE CASCADE,
    repository   text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION tell_backup() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present backup := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(present.tenant_id,
        CASE TG_OP WHEN 'INSERT' THEN 'backup.created' WHEN 'DELETE' THEN 'backup.removed' ELSE 'backup.changed' END,
        'backup', present.id,
        jsonb_build_object('vmId', present.vm_id, 'vmName', present.vm_name, 'state', present.state, 'reason', present.reason,
            'takenAt', present.taken_at, 'consistency', present.consistency));
    RETURN NULL;
END $$;
CREATE TRIGGER backup_made_or_removed AFTER INSERT OR DELETE ON backup FOR EACH ROW EXECUTE FUNCTION tell_backup();
CREATE TRIGGER backup_changed AFTER UPDATE ON backup FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION tell_backup();
