-- What is really on the hosts, and the ledger of where wanted, reported and real have parted.

-- The newest inventory of a host. Its guests are rows of their own, so that all can be compared at once.
CREATE TABLE host_inventory (
    host_id       uuid PRIMARY KEY REFERENCES host ON DELETE CASCADE,
    incarnation   bigint NOT NULL,
    number        bigint NOT NULL,
    taken_at      timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    clock_skew_ms bigint NOT NULL,
    -- when its contents last changed
    changed_at    timestamptz NOT NULL,
    contents      jsonb NOT NULL
) WITH (fillfactor = 80);

-- No reference to vm: that there is none is what is looked for.
CREATE TABLE guest_found (
    host_id      uuid NOT NULL REFERENCES host ON DELETE CASCADE,
    vm_id        uuid NOT NULL,
    generation   bigint NOT NULL,
    run_epoch    bigint NOT NULL,
    state        text NOT NULL,
    spec_digest  text,
    spec_differs boolean NOT NULL DEFAULT false,
    pid          bigint,
    found_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (host_id, vm_id)
);
CREATE INDEX guest_found_vm ON guest_found (vm_id);

CREATE TABLE drift (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL,
    severity     text NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'CRITICAL')),
    -- who saw it: a host's daemon, or the controller by comparing
    seen_by      text NOT NULL CHECK (seen_by IN ('HOST', 'CONTROLLER')),
    host_id      uuid,
    vm_id        uuid,
    object       text NOT NULL,
    wanted       text NOT NULL,
    reported     text NOT NULL,
    found        text NOT NULL,
    rule         text NOT NULL,
    status       text NOT NULL CHECK (status IN ('OPEN', 'QUARANTINED', 'HEALED')),
    since        timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    times        integer NOT NULL DEFAULT 1,
    healed_at    timestamptz,
    healed_by    text,
    -- what the administrator has asked for, carried out by a reconciler
    resolution   text CHECK (resolution IN ('ADOPT', 'REMOVE')),
    resolution_tenant_id uuid,
    resolution_note      text,
    CHECK ((status = 'HEALED') = (healed_at IS NOT NULL)),
    CHECK ((healed_at IS NULL) = (healed_by IS NULL))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX drift_lasting ON drift (kind, coalesce(host_id, '00000000-0000-0000-0000-000000000000'), object)
    WHERE status <> 'HEALED';
CREATE INDEX drift_lasting_host ON drift (host_id) WHERE status <> 'HEALED';
CREATE INDEX drift_object ON drift (kind, object, id);
CREATE INDEX drift_vm ON drift (vm_id, id) WHERE vm_id IS NOT NULL;
