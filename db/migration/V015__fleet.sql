-- What moves need to know of hosts and VMs, hosts out of service, and what the platform did to guests.

-- The marker of the shared pool that the disk is in; null for the host's own, and before its VM has a place.
ALTER TABLE vm_disk ADD COLUMN pool_marker uuid;
CREATE INDEX vm_disk_pool ON vm_disk (pool_marker) INCLUDE (size_mib) WHERE pool_marker IS NOT NULL;

-- The machine type that the VM's spec says. A spec does not change under its generation, so what the first report says is pinned by the
-- next change of what is wanted, whoever makes it.
ALTER TABLE vm ADD COLUMN machine_pin text;
CREATE FUNCTION pin_machine_type() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.machine_pin := coalesce(NEW.machine_type, OLD.machine_type);
    RETURN NEW;
END $$;
CREATE TRIGGER vm_machine_pinned BEFORE UPDATE OF generation ON vm FOR EACH ROW
    WHEN (NEW.generation > OLD.generation AND OLD.machine_pin IS NULL) EXECUTE FUNCTION pin_machine_type();

-- The CPU model that new VMs are pinned to, where an administrator has said it; else it is computed from the hosts.
CREATE TABLE cpu_baseline (
    architecture text NOT NULL,
    accelerator  text NOT NULL,
    model        text NOT NULL,
    set_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (architecture, accelerator)
);

-- A host is out of service as long as it has a row here.
CREATE TABLE maintenance (
    host_id      uuid PRIMARY KEY REFERENCES host ON DELETE CASCADE,
    -- the newest that drains it
    operation_id uuid NOT NULL,
    -- DRAINED: no guest runs on it that is not to be left. INCOMPLETE: the drain has ended and some are there that should have gone
    state        text NOT NULL CHECK (state IN ('DRAINING', 'DRAINED', 'INCOMPLETE')),
    when_blocked text NOT NULL CHECK (when_blocked IN ('REFUSE', 'WAIT', 'STOP', 'LEAVE')),
    move_stopped boolean NOT NULL,
    goal         jsonb NOT NULL,
    began_at     timestamptz NOT NULL DEFAULT now(),
    deadline_at  timestamptz NOT NULL
);

CREATE TABLE maintenance_guest (
    host_id      uuid NOT NULL REFERENCES maintenance ON DELETE CASCADE,
    vm_id        uuid NOT NULL REFERENCES vm ON DELETE CASCADE,
    state        text NOT NULL CHECK (state IN ('WAITING', 'MOVING', 'STOPPING', 'MOVED', 'STOPPED', 'LEFT', 'BLOCKED', 'GONE')),
    decision     text CHECK (decision IN ('STOP', 'LEAVE')),
    -- largest first
    ordinal      integer NOT NULL,
    to_host      uuid REFERENCES host ON DELETE SET NULL,
    -- moves that were begun, and where they did not succeed
    attempts     integer NOT NULL DEFAULT 0,
    avoided      uuid[] NOT NULL DEFAULT '{}',
    not_before   timestamptz NOT NULL DEFAULT now(),
    operation_id uuid,
    reason       text,
    PRIMARY KEY (host_id, vm_id)
);
CREATE INDEX maintenance_guest_vm ON maintenance_guest (vm_id);

-- Hosts that are taken out of service one after the other, until each has come back with another daemon.
CREATE TABLE rollout (
    id           uuid PRIMARY KEY,
    operation_id uuid NOT NULL,
    -- what the hosts are to come back with; null: any other than before
    version      text,
    drain        jsonb NOT NULL,
    began_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE rollout_host (
    rollout_id    uuid NOT NULL REFERENCES rollout ON DELETE CASCADE,
    host_id       uuid NOT NULL REFERENCES host ON DELETE CASCADE,
    ordinal       integer NOT NULL,
    state         text NOT NULL CHECK (state IN ('WAITING', 'DRAINING', 'UPGRADING', 'DONE')),
    agent_version text NOT NULL,
    incarnation   bigint NOT NULL,
    PRIMARY KEY (rollout_id, host_id)
);

-- Times in which the platform kept a guest from running as it would. Told by hosts, more than once.
CREATE TABLE disruption (
    vm_id   uuid NOT NULL REFERENCES vm ON DELETE CASCADE,
    at      timestamptz NOT NULL,
    kind    text NOT NULL,
    host_id uuid NOT NULL,
    ms      double precision NOT NULL CHECK (ms >= 0),
    detail  text,
    PRIMARY KEY (vm_id, at, kind)
);
CREATE INDEX disruption_age ON disruption (at);

-- Outlives the rows that it sums up. Months are those of UTC.
CREATE TABLE disruption_month (
    vm_id  uuid NOT NULL REFERENCES vm ON DELETE CASCADE,
    month  date NOT NULL,
    kind   text NOT NULL,
    times  bigint NOT NULL,
    ms     double precision NOT NULL,
    longest_ms double precision NOT NULL,
    PRIMARY KEY (vm_id, month, kind)
);
