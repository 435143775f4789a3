-- Who is told by HTTP what became of a schedule's backups.

CREATE TABLE backup_hook (
    schedule_id   uuid PRIMARY KEY REFERENCES backup_schedule ON DELETE CASCADE,
    url           text NOT NULL,
    -- encrypted with a key that follows from the CA's: a dump alone signs nothing
    sealed_secret bytea NOT NULL,
    changed_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE backup_hook_call (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    schedule_id uuid NOT NULL REFERENCES backup_hook ON DELETE CASCADE,
    backup_id   uuid NOT NULL,
    body        text NOT NULL,
    state       text NOT NULL DEFAULT 'DUE' CHECK (state IN ('DUE', 'DELIVERED', 'GIVEN_UP')),
    attempts    integer NOT NULL DEFAULT 0,
    -- while one is at it: when another may take it up
    due_at      timestamptz NOT NULL DEFAULT now(),
    trouble     text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    CHECK ((state = 'DUE') = (ended_at IS NULL))
);
CREATE INDEX backup_hook_call_due ON backup_hook_call (due_at) WHERE state = 'DUE';
CREATE INDEX backup_hook_call_of ON backup_hook_call (schedule_id, created_at DESC);

-- In the transaction that ends the backup: a result that counts is told, and nobody waits for it.
CREATE FUNCTION call_backup_hook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO backup_hook_call (schedule_id, backup_id, body)
    SELECT h.schedule_id, NEW.id, jsonb_strip_nulls(jsonb_build_object('type', 'backup.' || lower(NEW.state), 'backupId', NEW.id,
        'vmId', NEW.vm_id, 'vmName', NEW.vm_name, 'scheduleId', s.id, 'scheduleName', s.name, 'tenantId', s.tenant_id, 'reason', NEW.reason,
        'takenAt', NEW.taken_at, 'consistency', NEW.consistency, 'at', now()))::text
    FROM backup_hook h JOIN backup_schedule s ON s.id = h.schedule_id WHERE h.schedule_id = NEW.schedule_id;
    RETURN NULL;
END $$;
CREATE TRIGGER backup_hook_called AFTER UPDATE ON backup FOR EACH ROW
    WHEN (NEW.schedule_id IS NOT NULL AND OLD.state = 'TAKING' AND NEW.state IN ('AVAILABLE', 'FAILED')) EXECUTE FUNCTION call_backup_hook();
