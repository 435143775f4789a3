-- When VMs are backed up by themselves, and what is kept.

ALTER TABLE vm ADD COLUMN labels jsonb NOT NULL DEFAULT '{}';
CREATE INDEX vm_labels ON vm USING gin (labels jsonb_path_ops);

CREATE TABLE backup_schedule (
    id             uuid PRIMARY KEY,
    tenant_id      uuid NOT NULL REFERENCES tenant,
    name           text NOT NULL,
    -- which VMs of the tenant: all, those with these ids, or those that have these labels
    select_all     boolean NOT NULL,
    select_vms     uuid[] NOT NULL,
    select_labels  jsonb NOT NULL,
    cron           text NOT NULL,
    time_zone      text NOT NULL,
    window_minutes integer NOT NULL CHECK (window_minutes BETWEEN 0 AND 1440),
    -- null: all are kept
    retention      jsonb,
    repository     text,
    freeze_ms      integer NOT NULL,
    bandwidth_mibs integer,
    paused         boolean NOT NULL,
    -- turns of before are none of its own: when it was made, changed, or went on after a pause
    since          timestamptz NOT NULL DEFAULT now(),
    created_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, name),
    CHECK (select_all::integer + (select_vms <> '{}')::integer + (select_labels <> '{}')::integer = 1)
);

-- The last turn of each VM. planned_at only grows: two controllers never begin one turn twice.
CREATE TABLE backup_turn (
    schedule_id uuid NOT NULL REFERENCES backup_schedule ON DELETE CASCADE,
    vm_id       uuid NOT NULL REFERENCES vm ON DELETE CASCADE,
    planned_at  timestamptz NOT NULL,
    -- BEGUN: there is a backup of it. SKIPPED: it was left out. WAITING: it is tried again
    outcome     text NOT NULL CHECK (outcome IN ('BEGUN', 'SKIPPED', 'WAITING')),
    backup_id   uuid,
    reason      text,
    at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (schedule_id, vm_id)
);

ALTER TABLE backup ADD COLUMN schedule_id uuid REFERENCES backup_schedule ON DELETE SET NULL;
CREATE INDEX backup_scheduled ON backup (schedule_id, vm_id, id DESC) WHERE schedule_id IS NOT NULL;

CREATE FUNCTION tell_backup_turn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tenant uuid := (SELECT tenant_id FROM backup_schedule WHERE id = NEW.schedule_id);
BEGIN
    PERFORM tell_event(tenant, 'backup.skipped', 'vm', NEW.vm_id,
        jsonb_build_object('scheduleId', NEW.schedule_id, 'plannedAt', NEW.planned_at, 'reason', NEW.reason));
    RETURN NULL;
END $$;
CREATE TRIGGER backup_turn_skipped AFTER INSERT OR UPDATE ON backup_turn FOR EACH ROW
    WHEN (NEW.outcome = 'SKIPPED') EXECUTE FUNCTION tell_backup_turn();

-- What is proven of a backup: a guest was booted from it and has given a sign of life.
ALTER TABLE backup
    ADD COLUMN proven_at       timestamptz,
    ADD COLUMN restore_seconds double precision;

-- Samples, one at a time: VMs that are made from backups without network, looked at, and removed again.
CREATE TABLE backup_proof (
    id        uuid PRIMARY KEY,
    backup_id uuid NOT NULL,
    sample_vm uuid NOT NULL,
    state     text NOT NULL CHECK (state IN ('RUNNING', 'PROVEN', 'FAILED')),
    -- what the guest has last said on its serial port
    sign      text,
    reason    text,
    seconds   double precision,
    -- nothing of the sample is left
    cleaned   boolean NOT NULL DEFAULT false,
    began_at  timestamptz NOT NULL DEFAULT now(),
    ended_at  timestamptz,
    CHECK ((state = 'RUNNING') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX backup_proof_running ON backup_proof ((true)) WHERE state = 'RUNNING';
CREATE INDEX backup_proof_backup ON backup_proof (backup_id, began_at DESC);
CREATE INDEX backup_proof_dirty ON backup_proof (began_at) WHERE NOT cleaned;
