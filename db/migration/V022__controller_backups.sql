-- Backups of the controllers themselves: their database and their keys. And what is not known yet after one was restored.

CREATE TABLE controller_backup (
    id           uuid PRIMARY KEY,
    -- ASKED: is to be taken. TAKING: a controller is at it. AVAILABLE: it is in the repository, whole. FAILED: there is none
    state        text NOT NULL CHECK (state IN ('ASKED', 'TAKING', 'AVAILABLE', 'FAILED')),
    reason       text,
    asked_at     timestamptz NOT NULL DEFAULT now(),
    taken_at     timestamptz,
    ended_at     timestamptz,
    -- name of the recovery key that opens it, never the key
    key_name     text,
    read_bytes   bigint,
    stored_bytes bigint,
    CHECK (state <> 'AVAILABLE' OR num_nonnulls(taken_at, ended_at, key_name, read_bytes, stored_bytes) = 5),
    CHECK ((state = 'FAILED') = (reason IS NOT NULL))
);
-- One at a time.
CREATE UNIQUE INDEX controller_backup_open ON controller_backup ((true)) WHERE state IN ('ASKED', 'TAKING');

-- The backup that this database was restored from; no row: it never was.
CREATE TABLE controller_restore (
    one_row     boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    backup_id   uuid NOT NULL,
    taken_at    timestamptz NOT NULL,
    restored_at timestamptz NOT NULL DEFAULT now()
);

-- Nothing is sent to a host of a VM that is not confirmed: what the rows say of it may be older than what hosts were told since.
ALTER TABLE vm
    -- its generation in the backup; null: a host has said what it holds of it, or there was no restore
    ADD COLUMN restored_generation bigint,
    -- why it is not confirmed yet
    ADD COLUMN restored_reason     text,
    -- every host has said that it holds nothing of it
    ADD COLUMN restored_nowhere    boolean NOT NULL DEFAULT false,
    ADD CHECK ((restored_generation IS NULL) = (restored_reason IS NULL)),
    ADD CHECK (restored_generation IS NOT NULL OR NOT restored_nowhere);
CREATE INDEX vm_unconfirmed ON vm (id) WHERE restored_generation IS NOT NULL;

-- A network is not told anew while it is not known where its guests are.
CREATE FUNCTION network_unconfirmed(network uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM nic n JOIN vm v ON v.id = n.vm_id
        WHERE n.network_id = network AND v.restored_generation IS NOT NULL AND NOT v.restored_nowhere)
$$;
