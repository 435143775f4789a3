-- Tenants, images, hosts, VMs, allocations and durable operations.
-- Written for PostgreSQL 15 to 18. Capacity and quota use are computed from rows, never stored as counters.

CREATE TABLE tenant (
    id         uuid PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- A row without tenant is an administrator's token. Only the SHA-256 of a token is kept.
CREATE TABLE token (
    id         uuid PRIMARY KEY,
    tenant_id  uuid REFERENCES tenant ON DELETE CASCADE,
    name       text NOT NULL,
    hash       bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (tenant_id, name)
);

CREATE TABLE host (
    id             uuid PRIMARY KEY,
    name           text NOT NULL UNIQUE,
    url            text NOT NULL,
    boot_id        text NOT NULL,
    incarnation    bigint NOT NULL,
    sequence       bigint NOT NULL,
    cpus           integer NOT NULL CHECK (cpus >= 0),
    memory_mib     bigint NOT NULL CHECK (memory_mib >= 0),
    disk_mib       bigint NOT NULL CHECK (disk_mib >= 0),
    disk_free_mib  bigint NOT NULL CHECK (disk_free_mib >= 0),
    architecture   text NOT NULL,
    accelerator    text NOT NULL CHECK (accelerator IN ('KVM', 'TCG')),
    self_test      jsonb NOT NULL,
    qemu_version   text NOT NULL,
    agent_version  text NOT NULL,
    last_report_at timestamptz NOT NULL,
    lease_until    timestamptz NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now()
);

-- An image without tenant is for all tenants.
CREATE TABLE image (
    id           uuid PRIMARY KEY,
    tenant_id    uuid REFERENCES tenant,
    name         text NOT NULL,
    format       text NOT NULL CHECK (format IN ('RAW', 'QCOW2')),
    architecture text NOT NULL CHECK (architecture IN ('X86_64', 'AARCH64')),
    state        text NOT NULL CHECK (state IN ('PENDING', 'IMPORTING', 'READY', 'FAILED')),
    state_reason text,
    sha256       text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    bytes        bigint CHECK (bytes >= 0),
    virtual_size bigint CHECK (virtual_size >= 0),
    source_url   text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (tenant_id, name),
    CHECK (state <> 'READY' OR (sha256 IS NOT NULL AND bytes IS NOT NULL AND virtual_size IS NOT NULL))
);

CREATE TABLE vm (
    id                  uuid PRIMARY KEY,
    tenant_id           uuid NOT NULL REFERENCES tenant,
    name                text NOT NULL,
    -- desired
    desired_state       text NOT NULL CHECK (desired_state IN ('RUNNING', 'STOPPED', 'PAUSED', 'DELETED')),
    generation          bigint NOT NULL CHECK (generation > 0),
    run_epoch           bigint NOT NULL CHECK (run_epoch >= 0),
    reboots             bigint NOT NULL DEFAULT 0,
    stop_mode           text NOT NULL DEFAULT 'HARD' CHECK (stop_mode IN ('GRACEFUL', 'HARD')),
    stop_timeout_s      integer NOT NULL DEFAULT 0,
    vcpus               integer NOT NULL CHECK (vcpus > 0),
    memory_mib          bigint NOT NULL CHECK (memory_mib > 0),
    accelerator_choice  text NOT NULL CHECK (accelerator_choice IN ('AUTO', 'KVM', 'TCG')),
    kernel_image_id     uuid REFERENCES image,
    initrd_image_id     uuid REFERENCES image,
    cmdline             text,
    autostart_order     integer,
    autostart_delay_s   integer,
    -- the newest operation on it, begun in the transaction that changed what is desired
    operation_id        uuid,
    -- observed: as the host last reported it; null before the first report
    observed_state      text CHECK (observed_state IN
        ('ABSENT', 'PREPARING', 'STARTING', 'RUNNING', 'PAUSED', 'STOPPING', 'STOPPED', 'CRASHED', 'FAILED')),
    observed_generation bigint,
    observed_run_epoch  bigint,
    observed_settled    boolean,
    cause_code          text,
    cause_detail        text,
    accelerator         text CHECK (accelerator IN ('KVM', 'TCG')),
    machine_type        text,
    observed_since      timestamptz,
    observed_at         timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, name),
    CHECK ((autostart_order IS NULL) = (autostart_delay_s IS NULL)),
    CHECK (initrd_image_id IS NULL OR kernel_image_id IS NOT NULL)
);
CREATE INDEX vm_tenant ON vm (tenant_id, id);
CREATE INDEX vm_kernel_image ON vm (kernel_image_id) WHERE kernel_image_id IS NOT NULL;
CREATE INDEX vm_initrd_image ON vm (initrd_image_id) WHERE initrd_image_id IS NOT NULL;

CREATE TABLE vm_disk (
    id       uuid PRIMARY KEY,
    vm_id    uuid NOT NULL REFERENCES vm ON DELETE CASCADE,
    ordinal  integer NOT NULL CHECK (ordinal >= 0),
    image_id uuid REFERENCES image,
    size_mib bigint NOT NULL CHECK (size_mib > 0),
    UNIQUE (vm_id, ordinal)
);
CREATE INDEX vm_disk_image ON vm_disk (image_id) WHERE image_id IS NOT NULL;

-- What a VM takes of a host. It goes only after the host has acknowledged "absent".
CREATE TABLE allocation (
    vm_id      uuid PRIMARY KEY REFERENCES vm,
    host_id    uuid NOT NULL REFERENCES host,
    vcpus      integer NOT NULL CHECK (vcpus > 0),
    memory_mib bigint NOT NULL CHECK (memory_mib > 0),
    disk_mib   bigint NOT NULL CHECK (disk_mib >= 0),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX allocation_host ON allocation (host_id) INCLUDE (vcpus, memory_mib, disk_mib);

-- What a host reports and the controller does not know as placed there: shown to the administrator, never killed unasked.
CREATE TABLE host_orphan (
    host_id       uuid NOT NULL REFERENCES host ON DELETE CASCADE,
    vm_id         uuid NOT NULL,
    state         text NOT NULL,
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (host_id, vm_id)
);

-- A durable operation. The runner that holds the lease works on it; every commit of a step is fenced by the epoch.
-- Steps under one claim change no indexed column, so that PostgreSQL updates the row in place (HOT).
CREATE TABLE operation (
    id                 uuid PRIMARY KEY,
    kind               text NOT NULL,
    definition_version integer NOT NULL,
    tenant_id          uuid,
    target_id          uuid NOT NULL,
    status             text NOT NULL CHECK (status IN ('RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    input              jsonb NOT NULL,
    -- the present step; finished ones are in operation_step
    step               text NOT NULL,
    step_started_at    timestamptz,
    step_failures      integer NOT NULL DEFAULT 0,
    step_detail        text,
    step_deadline_at   timestamptz NOT NULL,
    undoing            boolean NOT NULL DEFAULT false,
    epoch              bigint NOT NULL DEFAULT 0,
    lease_owner        text,
    -- when a runner is to look at it: while one holds the lease, the end of the lease
    wake_at            timestamptz NOT NULL DEFAULT now(),
    -- counts wake-ups, so that one that comes while a step runs is not lost
    wakes              bigint NOT NULL DEFAULT 0,
    wait_reason        text,
    wait_topic         text,
    placement          jsonb,
    deadline_at        timestamptz NOT NULL,
    error_code         text,
    error_detail       text,
    created_at         timestamptz NOT NULL DEFAULT now(),
    ended_at           timestamptz,
    CHECK ((ended_at IS NOT NULL) = (status IN ('SUCCEEDED', 'FAILED', 'CANCELLED'))),
    CHECK ((error_code IS NOT NULL) = (status IN ('FAILED', 'CANCELLED') OR undoing))
) WITH (fillfactor = 80);
CREATE INDEX operation_due ON operation (wake_at) WHERE ended_at IS NULL;
CREATE INDEX operation_topic ON operation (wait_topic) WHERE wait_topic IS NOT NULL;
CREATE INDEX operation_tenant ON operation (tenant_id, id DESC);
CREATE INDEX operation_of_target ON operation (target_id, id DESC);
-- One open operation per object: a newer one cancels the older in the same transaction.
CREATE UNIQUE INDEX operation_open_target ON operation (target_id) WHERE ended_at IS NULL;

-- Steps that have ended, newest run of each.
CREATE TABLE operation_step (
    operation_id uuid NOT NULL REFERENCES operation ON DELETE CASCADE,
    ordinal      integer NOT NULL,
    name         text NOT NULL,
    status       text NOT NULL CHECK (status IN ('SUCCEEDED', 'FAILED', 'UNDONE')),
    started_at   timestamptz NOT NULL,
    ended_at     timestamptz NOT NULL,
    attempts     integer NOT NULL,
    detail       text,
    PRIMARY KEY (operation_id, ordinal)
);
