-- What a guest finds that goes back to a snapshot; null: it did not run, or a daemon of before took it.
ALTER TABLE snapshot
    ADD COLUMN consistency text CHECK (consistency IN ('APPLICATION', 'FILE_SYSTEM', 'CRASH', 'STOPPED')),
    ADD COLUMN consistency_reason text;

-- Whether an agent is there in the guest; null: it does not run, its process has no channel, or a daemon of before holds it.
ALTER TABLE vm
    ADD COLUMN guest_agent text CHECK (guest_agent IN ('CONNECTED', 'NONE'));
