-- Operations that are cancelled, take turns and tell what each step had and gave; alerts.

ALTER TABLE operation
    -- 0 before all others, 1 as usual, 2 in the background
    ADD COLUMN priority            smallint NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 2),
    -- whose turn it is: the tenant, or nil for operations without one. Lanes of one priority share fairly
    ADD COLUMN lane                uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    ADD COLUMN cancel_requested_at timestamptz,
    ADD COLUMN cancel_requested_by text,
    ADD COLUMN waiting_since       timestamptz,
    ADD COLUMN step_inputs         jsonb,
    ADD COLUMN step_outputs        jsonb,
    ADD CHECK ((cancel_requested_at IS NULL) = (cancel_requested_by IS NULL));
UPDATE operation SET lane = tenant_id WHERE ended_at IS NULL AND tenant_id IS NOT NULL;
CREATE INDEX operation_turn ON operation (priority, lane, wake_at) WHERE ended_at IS NULL;

ALTER TABLE operation_step
    ADD COLUMN inputs  jsonb,
    ADD COLUMN outputs jsonb,
    DROP CONSTRAINT operation_step_status_check,
    ADD CONSTRAINT operation_step_status_check CHECK (status IN ('SUCCEEDED', 'FAILED', 'UNDONE', 'CANCELLED'));

-- What an operator should know. It ends by itself when what raised it is over.
CREATE TABLE alert (
    id           uuid PRIMARY KEY,
    code         text NOT NULL,
    severity     text NOT NULL CHECK (severity IN ('WARNING', 'CRITICAL')),
    subject_kind text NOT NULL,
    subject_id   text NOT NULL,
    detail       text NOT NULL,
    since        timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz
);
CREATE UNIQUE INDEX alert_open ON alert (code, subject_kind, subject_id) WHERE ended_at IS NULL;
