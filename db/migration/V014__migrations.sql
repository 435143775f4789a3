-- Moves of VMs between hosts, and what a VM takes of the host that it does not belong to while it moves.

ALTER TABLE vm DROP CONSTRAINT vm_observed_state_check;
ALTER TABLE vm ADD CONSTRAINT vm_observed_state_check CHECK (observed_state IN
    ('ABSENT', 'PREPARING', 'STARTING', 'RUNNING', 'PAUSED', 'STOPPING', 'STOPPED', 'CRASHED', 'FAILED', 'ARRIVING', 'DEPARTED'));

-- What the guest is pinned to from its first start on.
ALTER TABLE vm ADD COLUMN cpu_model text;

-- The highest run epoch that any host was ever given for it, also one that it never ran under: what is given next is above.
ALTER TABLE vm ADD COLUMN given_epoch bigint NOT NULL DEFAULT 0;

-- The pool that several hosts share; null: the host's own.
ALTER TABLE vm_disk ADD COLUMN pool text;

-- What the host says of itself for moves (MigrationFacts).
ALTER TABLE host ADD COLUMN migration jsonb;

-- One move. Which host the VM belongs to is the allocation's to say; this is its story, and what is still to be concluded.
CREATE TABLE migration (
    id          uuid PRIMARY KEY,
    vm_id       uuid NOT NULL REFERENCES vm ON DELETE CASCADE,
    operation_id uuid NOT NULL,
    from_host   uuid NOT NULL REFERENCES host ON DELETE CASCADE,
    to_host     uuid NOT NULL REFERENCES host ON DELETE CASCADE,
    live        boolean NOT NULL,
    -- of the spec that the destination is given, and the permission to run that it gets when the guest has arrived
    generation  bigint NOT NULL,
    run_epoch   bigint NOT NULL,
    goal        jsonb NOT NULL,
    forecast    jsonb,
    -- the last ArrivalAnswer and DepartureAnswer
    arrival     jsonb,
    departure   jsonb,
    -- OPEN: the destination has not decided. ARRIVED, ABORTED: it has, so it is known whose the VM is, and the other host may still hold
    -- something. ENDED: nothing is left to do
    state       text NOT NULL CHECK (state IN ('OPEN', 'ARRIVED', 'ABORTED', 'ENDED')),
    arrived     boolean,
    reason      text,
    began_at    timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz
);
CREATE INDEX migration_vm ON migration (vm_id, began_at DESC);
CREATE INDEX migration_under_way ON migration (began_at) WHERE state <> 'ENDED';
CREATE INDEX migration_between ON migration (from_host, to_host, began_at DESC) WHERE arrived;
-- A VM moves once at a time. What is left of an earlier move, on a host that is lost, does not keep it from the next.
CREATE UNIQUE INDEX migration_open ON migration (vm_id) WHERE state = 'OPEN';

-- What a moving VM takes of a host that it does not belong to.
CREATE TABLE claim (
    migration_id uuid PRIMARY KEY REFERENCES migration ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    vm_id        uuid NOT NULL REFERENCES vm ON DELETE CASCADE,
    host_id      uuid NOT NULL REFERENCES host,
    -- the destination of a move that it has not decided about; else a host that has not acknowledged yet that nothing is left
    arriving     boolean NOT NULL DEFAULT true,
    vcpus        integer NOT NULL CHECK (vcpus > 0),
    memory_mib   bigint NOT NULL CHECK (memory_mib > 0),
    disk_mib     bigint NOT NULL CHECK (disk_mib >= 0),
    -- the last that the destination reported of it: what the VM is known by when it is handed over
    report       jsonb,
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (vm_id, host_id)
);
CREATE UNIQUE INDEX claim_arriving ON claim (vm_id) WHERE arriving;
CREATE INDEX claim_host ON claim (host_id) INCLUDE (vcpus, memory_mib, disk_mib);

-- What a plan said, for the move that is begun by it.
CREATE TABLE migration_forecast (
    vm_id    uuid PRIMARY KEY REFERENCES vm ON DELETE CASCADE,
    to_host  uuid NOT NULL REFERENCES host ON DELETE CASCADE,
    forecast jsonb NOT NULL,
    made_at  timestamptz NOT NULL DEFAULT now()
);
