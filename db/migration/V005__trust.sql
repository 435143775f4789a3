-- Trust between machines: the CA, who has joined, what was issued to them, what was revoked. Only adds.

-- One row, made by whichever replica starts first. The key is encrypted with the key file of the controllers.
CREATE TABLE certificate_authority (
    id          integer PRIMARY KEY CHECK (id = 1),
    certificate bytea NOT NULL,
    sealed_key  bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- Machines that may speak. A host has its row before its first report; a revoked one may not until it has joined again.
CREATE TABLE machine (
    id         uuid PRIMARY KEY,
    role       text NOT NULL CHECK (role IN ('HOST', 'SIMULATOR')),
    name       text NOT NULL UNIQUE,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
-- Hosts from before certificates join again with a token that renews them, and keep their ids.
INSERT INTO machine (id, role, name, created_at) SELECT id, 'HOST', name, created_at FROM host;

CREATE TABLE machine_certificate (
    serial     text PRIMARY KEY,
    machine_id uuid NOT NULL REFERENCES machine ON DELETE CASCADE,
    not_before timestamptz NOT NULL,
    not_after  timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX machine_certificate_newest ON machine_certificate (machine_id, not_after DESC);
CREATE INDEX machine_certificate_revoked ON machine_certificate (not_after) WHERE revoked_at IS NOT NULL;
CREATE INDEX machine_revoked ON machine (id) WHERE revoked_at IS NOT NULL;

-- Only the SHA-256 of a token is kept. It is used once.
CREATE TABLE join_token (
    id         uuid PRIMARY KEY,
    hash       bytea NOT NULL UNIQUE,
    role       text NOT NULL CHECK (role IN ('HOST', 'SIMULATOR')),
    name       text,
    renews     uuid REFERENCES machine ON DELETE CASCADE,
    replaces   uuid REFERENCES machine ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    used_by    uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((used_at IS NULL) = (used_by IS NULL))
);

-- A simulated host has no certificate of its own: the simulator that made it speaks for it.
ALTER TABLE host ADD COLUMN simulated boolean NOT NULL DEFAULT false;
ALTER TABLE host ADD COLUMN simulator_id uuid;
ALTER TABLE host ADD CONSTRAINT host_simulated CHECK (simulated = (simulator_id IS NOT NULL));
