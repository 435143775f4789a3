-- Networks of tenants: what is wanted, which addresses are taken, and what each host has acknowledged.
-- Constraints decide what may be; triggers raise a network's generation with everything that hosts are told of it, so that no writer
-- can forget it. Written for PostgreSQL 15 to 18, without extensions.

-- What a host says it can do for networks: the NetworkFacts of its newest report. Null: nothing.
ALTER TABLE host ADD COLUMN network jsonb;

ALTER TABLE tenant
    ADD COLUMN quota_networks       bigint CHECK (quota_networks >= 0),
    ADD COLUMN quota_addresses      bigint CHECK (quota_addresses >= 0),
    ADD COLUMN quota_security_rules bigint CHECK (quota_security_rules >= 0);

-- Segments and Ethernet addresses are given in turn, so that one that was freed is given again only after all others.
CREATE SEQUENCE network_vni AS integer MINVALUE 1 MAXVALUE 16777215 CYCLE;
CREATE SEQUENCE nic_mac AS bigint MINVALUE 0 MAXVALUE 1099511627775 CYCLE;
-- Clouds that meet in one data centre network begin at different places.
SELECT setval('nic_mac', floor(random() * 1099511627775)::bigint);

-- A network without tenant is a way to the data centre's own network, for all tenants.
CREATE TABLE network (
    id         uuid PRIMARY KEY,
    number     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    tenant_id  uuid REFERENCES tenant,
    name       text NOT NULL,
    segment    text NOT NULL DEFAULT 'OVERLAY' CHECK (segment IN ('OVERLAY', 'FLAT', 'VLAN')),
    vni        integer UNIQUE CHECK (vni BETWEEN 1 AND 16777215),
    provider   text,
    vlan       integer CHECK (vlan BETWEEN 1 AND 4094),
    mtu        integer NOT NULL CHECK (mtu BETWEEN 1280 AND 9216),
    -- grows with everything that hosts are told of it
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (tenant_id, name),
    UNIQUE (id, number),
    CHECK ((segment = 'OVERLAY') = (vni IS NOT NULL)),
    CHECK ((segment <> 'OVERLAY') = (provider IS NOT NULL)),
    CHECK ((segment = 'VLAN') = (vlan IS NOT NULL)),
    CHECK (tenant_id IS NOT NULL OR segment <> 'OVERLAY')
) WITH (fillfactor = 70);
CREATE INDEX network_tenant ON network (tenant_id, id);
CREATE UNIQUE INDEX network_provider ON network (provider, coalesce(vlan, 0)) WHERE provider IS NOT NULL;

-- The exclusion is of ranges in one network; others may have the same.
CREATE TABLE subnet (
    id             uuid PRIMARY KEY,
    network_id     uuid NOT NULL,
    network_number bigint NOT NULL,
    cidr           cidr NOT NULL,
    gateway        inet,
    service        inet NOT NULL,
    dhcp           boolean NOT NULL,
    dns_servers    inet[] NOT NULL DEFAULT '{}',
    -- the lowest that was never given; null: all were
    next_address   inet,
    created_at     timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (network_id, network_number) REFERENCES network (id, number),
    UNIQUE (id, network_id, cidr),
    EXCLUDE USING gist (int8range(network_number, network_number, '[]') WITH &&, cidr inet_ops WITH &&),
    CHECK (masklen(cidr) BETWEEN CASE family(cidr) WHEN 4 THEN 8 ELSE 48 END AND CASE family(cidr) WHEN 4 THEN 29 ELSE 126 END),
    CHECK (service << cidr),
    CHECK (gateway << cidr AND gateway <> service)
) WITH (fillfactor = 50);
CREATE INDEX subnet_network ON subnet (network_id, id);

CREATE TABLE security_group (
    id          uuid PRIMARY KEY,
    tenant_id   uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
    name        text NOT NULL,
    description text NOT NULL DEFAULT '',
    -- of a card for which no group is named
    is_default  boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, name),
    UNIQUE (id, tenant_id)
);
CREATE UNIQUE INDEX security_group_default ON security_group (tenant_id) WHERE is_default;
CREATE INDEX security_group_tenant ON security_group (tenant_id, id);

-- It may name a group of the same tenant only.
CREATE TABLE security_rule (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL,
    group_id        uuid NOT NULL,
    direction       text NOT NULL CHECK (direction IN ('IN', 'OUT')),
    family          text NOT NULL CHECK (family IN ('IPV4', 'IPV6')),
    protocol        text NOT NULL CHECK (protocol IN ('ANY', 'TCP', 'UDP', 'ICMP', 'SCTP', 'GRE', 'ESP')),
    port_min        integer,
    port_max        integer,
    remote_cidr     cidr,
    remote_group_id uuid,
    created_at      timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (group_id, tenant_id) REFERENCES security_group (id, tenant_id) ON DELETE CASCADE,
    FOREIGN KEY (remote_group_id, tenant_id) REFERENCES security_group (id, tenant_id),
    CHECK (remote_cidr IS NULL OR remote_group_id IS NULL),
    CHECK (remote_cidr IS NULL OR family(remote_cidr) = CASE family WHEN 'IPV4' THEN 4 ELSE 6 END),
    CHECK (port_max IS NULL OR port_min IS NOT NULL),
    CHECK (CASE protocol
        WHEN 'TCP' THEN port_min IS NULL OR port_min BETWEEN 1 AND 65535 AND port_max BETWEEN port_min AND 65535
        WHEN 'UDP' THEN port_min IS NULL OR port_min BETWEEN 1 AND 65535 AND port_max BETWEEN port_min AND 65535
        WHEN 'SCTP' THEN port_min IS NULL OR port_min BETWEEN 1 AND 65535 AND port_max BETWEEN port_min AND 65535
        WHEN 'ICMP' THEN (port_min IS NULL OR port_min BETWEEN 0 AND 255) AND (port_max IS NULL OR port_max BETWEEN 0 AND 255)
        ELSE port_min IS NULL END),
    UNIQUE NULLS NOT DISTINCT (group_id, direction, family, protocol, port_min, port_max, remote_cidr, remote_group_id)
);
CREATE INDEX security_rule_remote ON security_rule (remote_group_id) WHERE remote_group_id IS NOT NULL;

-- A router has its legs on one host, the gateway. The way out is in a provider network.
CREATE TABLE router (
    id                uuid PRIMARY KEY,
    tenant_id         uuid NOT NULL REFERENCES tenant,
    name              text NOT NULL,
    generation        bigint NOT NULL DEFAULT 1,
    uplink_network_id uuid REFERENCES network,
    snat              boolean NOT NULL DEFAULT true,
    gateway_host_id   uuid REFERENCES host ON DELETE SET NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, name),
    UNIQUE (id, tenant_id)
) WITH (fillfactor = 70);
CREATE INDEX router_tenant ON router (tenant_id, id);
CREATE INDEX router_gateway ON router (gateway_host_id) WHERE gateway_host_id IS NOT NULL;
CREATE INDEX router_uplink ON router (uplink_network_id) WHERE uplink_network_id IS NOT NULL;

-- A card of a VM, or of a router.
CREATE TABLE nic (
    id         uuid PRIMARY KEY,
    tenant_id  uuid NOT NULL REFERENCES tenant,
    network_id uuid NOT NULL REFERENCES network,
    vm_id      uuid REFERENCES vm ON DELETE CASCADE,
    router_id  uuid REFERENCES router ON DELETE CASCADE,
    ordinal    integer NOT NULL DEFAULT 0 CHECK (ordinal >= 0),
    mac        macaddr NOT NULL,
    -- ranges that it may send from besides its addresses
    also_allowed cidr[] NOT NULL DEFAULT '{}',
    in_kbits   integer CHECK (in_kbits > 0),
    out_kbits  integer CHECK (out_kbits > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (network_id, mac),
    UNIQUE (vm_id, ordinal),
    UNIQUE (id, network_id),
    UNIQUE (id, tenant_id),
    CHECK ((vm_id IS NULL) <> (router_id IS NULL))
);
CREATE INDEX nic_network ON nic (network_id, id);
CREATE INDEX nic_tenant ON nic (tenant_id, id);
CREATE INDEX nic_router ON nic (router_id) WHERE router_id IS NOT NULL;

-- Every address that is taken or kept, of each network once. GATEWAY is kept for a router, which is its card once there is one.
CREATE TABLE address (
    network_id uuid NOT NULL,
    ip         inet NOT NULL,
    subnet_id  uuid NOT NULL,
    cidr       cidr NOT NULL,
    use        text NOT NULL CHECK (use IN ('NIC', 'FLOATING', 'GATEWAY', 'SERVICE')),
    nic_id     uuid,
    tenant_id  uuid REFERENCES tenant,
    PRIMARY KEY (network_id, ip),
    FOREIGN KEY (subnet_id, network_id, cidr) REFERENCES subnet (id, network_id, cidr),
    FOREIGN KEY (nic_id, network_id) REFERENCES nic (id, network_id) ON DELETE CASCADE,
    CHECK (masklen(ip) = CASE family(ip) WHEN 4 THEN 32 ELSE 128 END),
    CHECK (ip << cidr),
    CHECK (host(ip) <> host(cidr) AND (family(ip) = 6 OR host(ip) <> host(broadcast(cidr)))),
    CHECK (CASE use WHEN 'NIC' THEN nic_id IS NOT NULL WHEN 'GATEWAY' THEN true ELSE nic_id IS NULL END)
);
CREATE INDEX address_nic ON address (nic_id) WHERE nic_id IS NOT NULL;
CREATE INDEX address_subnet ON address (subnet_id);
CREATE INDEX address_tenant ON address (tenant_id) WHERE tenant_id IS NOT NULL;

-- Addresses that were given before and are free.
CREATE TABLE address_released (
    subnet_id   uuid NOT NULL REFERENCES subnet ON DELETE CASCADE,
    ip          inet NOT NULL,
    released_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subnet_id, ip)
);
CREATE INDEX address_released_age ON address_released (subnet_id, released_at);

CREATE TABLE nic_security_group (
    nic_id     uuid NOT NULL,
    group_id   uuid NOT NULL,
    tenant_id  uuid NOT NULL,
    network_id uuid NOT NULL,
    PRIMARY KEY (nic_id, group_id),
    FOREIGN KEY (nic_id, network_id) REFERENCES nic (id, network_id) ON DELETE CASCADE,
    FOREIGN KEY (nic_id, tenant_id) REFERENCES nic (id, tenant_id) ON DELETE CASCADE,
    FOREIGN KEY (group_id, tenant_id) REFERENCES security_group (id, tenant_id)
);
CREATE INDEX nic_security_group_members ON nic_security_group (group_id, network_id);

-- What the guest is told of itself. In a table of its own: no list and no event ever meets it.
CREATE TABLE vm_setup (
    vm_id     uuid PRIMARY KEY REFERENCES vm ON DELETE CASCADE,
    hostname  text NOT NULL,
    ssh_keys  text[] NOT NULL DEFAULT '{}',
    user_data bytea CHECK (octet_length(user_data) <= 65536)
);

-- A foot of a router in a network; its addresses are those of its card.
CREATE TABLE router_leg (
    nic_id     uuid PRIMARY KEY REFERENCES nic ON DELETE CASCADE,
    router_id  uuid NOT NULL REFERENCES router ON DELETE CASCADE,
    network_id uuid NOT NULL REFERENCES network,
    UNIQUE (router_id, network_id)
);
CREATE INDEX router_leg_network ON router_leg (network_id);

-- Of a subnet, or of a router.
CREATE TABLE static_route (
    id          uuid PRIMARY KEY,
    subnet_id   uuid REFERENCES subnet ON DELETE CASCADE,
    router_id   uuid REFERENCES router ON DELETE CASCADE,
    destination cidr NOT NULL,
    next_hop    inet NOT NULL,
    CHECK ((subnet_id IS NULL) <> (router_id IS NULL)),
    CHECK (family(destination) = family(next_hop))
);
CREATE UNIQUE INDEX static_route_subnet ON static_route (subnet_id, destination) WHERE subnet_id IS NOT NULL;
CREATE UNIQUE INDEX static_route_router ON static_route (router_id, destination) WHERE router_id IS NOT NULL;

-- An address of a provider network that a tenant holds, and the card's address that it leads to.
CREATE TABLE floating_ip (
    id         uuid PRIMARY KEY,
    tenant_id  uuid NOT NULL REFERENCES tenant,
    network_id uuid NOT NULL REFERENCES network,
    ip         inet NOT NULL,
    nic_id     uuid REFERENCES nic ON DELETE SET NULL,
    fixed      inet,
    router_id  uuid REFERENCES router,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (network_id, ip),
    FOREIGN KEY (network_id, ip) REFERENCES address (network_id, ip)
);
CREATE INDEX floating_ip_tenant ON floating_ip (tenant_id, id);
CREATE INDEX floating_ip_nic ON floating_ip (nic_id) WHERE nic_id IS NOT NULL;
CREATE INDEX floating_ip_router ON floating_ip (router_id) WHERE router_id IS NOT NULL;

CREATE TABLE port_forwarding (
    id             uuid PRIMARY KEY,
    floating_ip_id uuid NOT NULL REFERENCES floating_ip ON DELETE CASCADE,
    protocol       text NOT NULL CHECK (protocol IN ('TCP', 'UDP')),
    port           integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    nic_id         uuid NOT NULL REFERENCES nic ON DELETE CASCADE,
    fixed          inet NOT NULL,
    fixed_port     integer NOT NULL CHECK (fixed_port BETWEEN 1 AND 65535),
    UNIQUE (floating_ip_id, protocol, port)
);
CREATE INDEX port_forwarding_nic ON port_forwarding (nic_id);

-- What each host was told of each network. No reference to the network: a host may still carry one that is gone here, and the row
-- stays until the host has acknowledged that it does not.
CREATE TABLE host_network (
    network_id      uuid NOT NULL,
    host_id         uuid NOT NULL REFERENCES host ON DELETE CASCADE,
    -- the newest generation that the host has acknowledged; 0: none
    acknowledged    bigint NOT NULL DEFAULT 0,
    acknowledged_at timestamptz,
    -- why the host does not wholly carry it, or why it could not be told
    problem         text,
    -- of a network that is gone: what its deletion is told with
    gone_generation bigint,
    PRIMARY KEY (network_id, host_id)
) WITH (fillfactor = 70);
CREATE INDEX host_network_host ON host_network (host_id);

-- The same of routers.
CREATE TABLE host_router (
    router_id       uuid NOT NULL,
    host_id         uuid NOT NULL REFERENCES host ON DELETE CASCADE,
    acknowledged    bigint NOT NULL DEFAULT 0,
    acknowledged_at timestamptz,
    problem         text,
    gone_generation bigint,
    PRIMARY KEY (router_id, host_id)
) WITH (fillfactor = 70);
CREATE INDEX host_router_host ON host_router (host_id);

-- Networks (and routers) of which some host does not know the newest. Whoever syncs takes the row for a while and removes it when all
-- know, unless it was touched again.
CREATE TABLE network_sync (
    object_id  uuid PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('NETWORK', 'ROUTER')),
    touched    bigint NOT NULL DEFAULT 1,
    failures   integer NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX network_sync_due ON network_sync (due_at);

CREATE FUNCTION sync_later(objects uuid[], what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(cardinality(objects), 0) > 0 THEN
        INSERT INTO network_sync (object_id, kind) SELECT DISTINCT o, what FROM unnest(objects) o ORDER BY o
            ON CONFLICT (object_id) DO UPDATE SET touched = network_sync.touched + 1, due_at = now(), failures = 0;
    END IF;
END $$;

-- A generation of each, and the wish that hosts hear of it. Locked in one order, so that two such transactions wait and do not die.
CREATE FUNCTION touch_networks(changed uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(cardinality(changed), 0) > 0 THEN
        PERFORM 1 FROM network WHERE id = ANY (changed) ORDER BY id FOR NO KEY UPDATE;
        UPDATE network SET generation = generation + 1 WHERE id = ANY (changed);
        PERFORM sync_later(changed, 'NETWORK');
    END IF;
END $$;

CREATE FUNCTION touch_routers(changed uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(cardinality(changed), 0) > 0 THEN
        PERFORM 1 FROM router WHERE id = ANY (changed) ORDER BY id FOR NO KEY UPDATE;
        UPDATE router SET generation = generation + 1 WHERE id = ANY (changed);
        PERFORM sync_later(changed, 'ROUTER');
    END IF;
END $$;

-- These networks and all that routers join with them: from there packets can come, so there the members of a group matter.
CREATE FUNCTION joined_networks(networks uuid[]) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    WITH RECURSIVE joined (id) AS (
        SELECT unnest(networks)
        UNION
        SELECT far.network_id FROM joined JOIN router_leg near ON near.network_id = joined.id
            JOIN router_leg far ON far.router_id = near.router_id)
    SELECT id FROM joined
$$;

-- A VM has got or lost its place: its ports have it too.
CREATE FUNCTION touch_networks_of_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.vm_id ELSE NEW.vm_id END;
    networks uuid[];
BEGIN
    SELECT array_agg(network_id) INTO networks FROM nic WHERE vm_id = moved;
    IF networks IS NOT NULL THEN
        PERFORM touch_networks(ARRAY(SELECT joined_networks(networks)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER allocation_of_ports AFTER INSERT OR DELETE OR UPDATE OF host_id ON allocation
    FOR EACH ROW EXECUTE FUNCTION touch_networks_of_allocation();

-- Hosts are told of ports that have a place, and of routers' ports.
CREATE FUNCTION touch_networks_of_nic() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present nic := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- What is kept for a router stays kept.
        UPDATE address SET nic_id = NULL WHERE nic_id = present.id AND use = 'GATEWAY';
    END IF;
    IF present.router_id IS NOT NULL OR EXISTS (SELECT FROM allocation WHERE vm_id = present.vm_id) THEN
        PERFORM touch_networks(ARRAY(SELECT joined_networks(ARRAY[present.network_id])));
    END IF;
    RETURN present;
END $$;
CREATE TRIGGER nic_changed BEFORE DELETE ON nic FOR EACH ROW EXECUTE FUNCTION touch_networks_of_nic();
CREATE TRIGGER nic_made AFTER INSERT OR UPDATE ON nic FOR EACH ROW EXECUTE FUNCTION touch_networks_of_nic();

CREATE FUNCTION touch_networks_of_membership() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present nic_security_group := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF EXISTS (SELECT FROM nic n JOIN allocation a ON a.vm_id = n.vm_id WHERE n.id = present.nic_id) THEN
        PERFORM touch_networks(ARRAY(SELECT joined_networks(ARRAY[present.network_id])));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER membership_changed AFTER INSERT OR DELETE ON nic_security_group
    FOR EACH ROW EXECUTE FUNCTION touch_networks_of_membership();

CREATE FUNCTION touch_networks_of_address() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present address := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO address_released (subnet_id, ip) SELECT OLD.subnet_id, OLD.ip WHERE EXISTS (SELECT FROM subnet WHERE id = OLD.subnet_id)
            ON CONFLICT (subnet_id, ip) DO UPDATE SET released_at = now();
    END IF;
    IF EXISTS (SELECT FROM nic n WHERE n.id = present.nic_id
            AND (n.router_id IS NOT NULL OR EXISTS (SELECT FROM allocation a WHERE a.vm_id = n.vm_id))) THEN
        PERFORM touch_networks(ARRAY(SELECT joined_networks(ARRAY[present.network_id])));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER address_changed AFTER INSERT OR DELETE OR UPDATE ON address
    FOR EACH ROW EXECUTE FUNCTION touch_networks_of_address();

CREATE FUNCTION touch_networks_of_rule() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present security_rule := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM touch_networks(ARRAY(SELECT DISTINCT network_id FROM nic_security_group WHERE group_id = present.group_id));
    RETURN NULL;
END $$;
CREATE TRIGGER rule_changed AFTER INSERT OR DELETE OR UPDATE ON security_rule
    FOR EACH ROW EXECUTE FUNCTION touch_networks_of_rule();

CREATE FUNCTION touch_networks_of_group() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM touch_networks(ARRAY(SELECT DISTINCT network_id FROM nic_security_group WHERE group_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER group_renamed AFTER UPDATE OF name ON security_group
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION touch_networks_of_group();

CREATE FUNCTION touch_networks_of_subnet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM touch_networks(ARRAY[CASE WHEN TG_OP = 'DELETE' THEN OLD.network_id ELSE NEW.network_id END]);
    RETURN NULL;
END $$;
CREATE TRIGGER subnet_made_or_removed AFTER INSERT OR DELETE ON subnet FOR EACH ROW EXECUTE FUNCTION touch_networks_of_subnet();
CREATE TRIGGER subnet_changed AFTER UPDATE ON subnet FOR EACH ROW
    WHEN ((OLD.gateway, OLD.service, OLD.dhcp, OLD.dns_servers) IS DISTINCT FROM (NEW.gateway, NEW.service, NEW.dhcp, NEW.dns_servers))
    EXECUTE FUNCTION touch_networks_of_subnet();

CREATE FUNCTION touch_networks_of_route() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present static_route := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM touch_networks(ARRAY(SELECT network_id FROM subnet WHERE id = present.subnet_id));
    PERFORM touch_routers(ARRAY(SELECT id FROM router WHERE id = present.router_id));
    RETURN NULL;
END $$;
CREATE TRIGGER route_changed AFTER INSERT OR DELETE OR UPDATE ON static_route
    FOR EACH ROW EXECUTE FUNCTION touch_networks_of_route();

-- Networks that a leg joins or parts tell of each other's members.
CREATE FUNCTION touch_networks_of_leg() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present router_leg := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM touch_networks(ARRAY(SELECT joined_networks(
        ARRAY[present.network_id] || ARRAY(SELECT network_id FROM router_leg WHERE router_id = present.router_id))));
    PERFORM touch_routers(ARRAY[present.router_id]);
    RETURN NULL;
END $$;
CREATE TRIGGER leg_changed AFTER INSERT OR DELETE OR UPDATE ON router_leg
    FOR EACH ROW EXECUTE FUNCTION touch_networks_of_leg();

CREATE FUNCTION touch_network_itself() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM touch_networks(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER network_renamed AFTER UPDATE ON network FOR EACH ROW
    WHEN ((OLD.name, OLD.mtu) IS DISTINCT FROM (NEW.name, NEW.mtu)) EXECUTE FUNCTION touch_network_itself();

-- Where packets to a host go has changed, so all networks with a port there say it; or the host has come anew, so it hears all.
CREATE FUNCTION networks_of_host() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.network ->> 'tunnelEndpoint') IS DISTINCT FROM (NEW.network ->> 'tunnelEndpoint') THEN
        PERFORM touch_networks(ARRAY(
            SELECT n.network_id FROM allocation a JOIN nic n ON n.vm_id = a.vm_id WHERE a.host_id = NEW.id
            UNION SELECT l.network_id FROM router r JOIN router_leg l ON l.router_id = r.id WHERE r.gateway_host_id = NEW.id));
    END IF;
    IF OLD.incarnation <> NEW.incarnation THEN
        UPDATE host_network SET acknowledged = 0 WHERE host_id = NEW.id;
        UPDATE host_router SET acknowledged = 0 WHERE host_id = NEW.id;
    END IF;
    PERFORM sync_later(ARRAY(SELECT network_id FROM host_network WHERE host_id = NEW.id), 'NETWORK');
    PERFORM sync_later(ARRAY(SELECT router_id FROM host_router WHERE host_id = NEW.id), 'ROUTER');
    RETURN NULL;
END $$;
CREATE TRIGGER host_hears_of_networks AFTER UPDATE ON host FOR EACH ROW
    WHEN (OLD.incarnation <> NEW.incarnation OR OLD.network IS DISTINCT FROM NEW.network
        OR OLD.lease_until < now() AND NEW.lease_until > now())
    EXECUTE FUNCTION networks_of_host();

-- The next address of a subnet, or the asked one. Whoever takes one of a subnet comes after the other, so that two can never take the
-- same. It does not look through those that are taken: what was never given is given in order, then what was free for longest.
CREATE FUNCTION take_address(of_subnet uuid, for_nic uuid, asked inet, as_use text, of_tenant uuid, OUT outcome text, OUT taken inet)
LANGUAGE plpgsql AS $$
DECLARE
    s subnet;
    held text;
    top inet;
BEGIN
    SELECT * INTO s FROM subnet WHERE id = of_subnet FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'NO_SUBNET';
        RETURN;
    END IF;
    top := set_masklen(broadcast(s.cidr), CASE family(s.cidr) WHEN 4 THEN 32 ELSE 128 END);
    IF asked IS NOT NULL THEN
        IF NOT asked << s.cidr THEN
            outcome := 'OUTSIDE';
            RETURN;
        END IF;
        IF host(asked) = host(s.cidr) OR family(asked) = 4 AND asked = top THEN
            outcome := 'RESERVED';
            RETURN;
        END IF;
        SELECT a.use INTO held FROM address a WHERE a.network_id = s.network_id AND a.ip = asked;
        IF FOUND THEN
            outcome := CASE WHEN held IN ('GATEWAY', 'SERVICE') THEN 'RESERVED' ELSE 'TAKEN' END;
            RETURN;
        END IF;
        taken := asked;
    ELSE
        -- Neighbours may still remember whose it was.
        SELECT r.ip INTO taken FROM address_released r
            WHERE r.subnet_id = s.id AND r.released_at < now() - interval '1 minute' ORDER BY r.released_at LIMIT 1;
        IF taken IS NULL AND s.next_address IS NOT NULL THEN
            taken := s.next_address;
            WHILE taken IS NOT NULL AND EXISTS (SELECT FROM address a WHERE a.network_id = s.network_id AND a.ip = taken) LOOP
                taken := CASE WHEN taken < top THEN taken + 1 END;
            END LOOP;
            IF family(s.cidr) = 4 AND taken = top THEN
                taken := NULL;
            END IF;
            UPDATE subnet SET next_address = CASE WHEN taken < top THEN taken + 1 END WHERE id = s.id;
        END IF;
        IF taken IS NULL THEN
            SELECT r.ip INTO taken FROM address_released r WHERE r.subnet_id = s.id ORDER BY r.released_at LIMIT 1;
        END IF;
        IF taken IS NULL THEN
            outcome := 'EXHAUSTED';
            RETURN;
        END IF;
    END IF;
    INSERT INTO address (network_id, ip, subnet_id, cidr, use, nic_id, tenant_id)
        VALUES (s.network_id, taken, s.id, s.cidr, as_use, for_nic, of_tenant);
    DELETE FROM address_released r WHERE r.subnet_id = s.id AND r.ip = taken;
    outcome := 'TAKEN_NOW';
END $$;

CREATE FUNCTION next_vni() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    found integer;
BEGIN
    LOOP
        found := nextval('network_vni');
        EXIT WHEN NOT EXISTS (SELECT FROM network WHERE vni = found);
    END LOOP;
    RETURN found;
END $$;

-- Locally administered, of one station.
CREATE FUNCTION next_mac(in_network uuid) RETURNS macaddr LANGUAGE plpgsql AS $$
DECLARE
    found macaddr;
BEGIN
    LOOP
        found := ('02' || lpad(to_hex(nextval('nic_mac')), 10, '0'))::macaddr;
        EXIT WHEN NOT EXISTS (SELECT FROM nic WHERE network_id = in_network AND mac = found);
    END LOOP;
    RETURN found;
END $$;

-- Every tenant has a default group: everything out, in only from its own members.
CREATE FUNCTION make_default_group(of_tenant uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    made uuid := gen_random_uuid();
BEGIN
    INSERT INTO security_group (id, tenant_id, name, description, is_default)
        VALUES (made, of_tenant, 'default', 'What a card without groups is in: all out, in from its members only', true);
    INSERT INTO security_rule (id, tenant_id, group_id, direction, family, protocol, remote_group_id)
        SELECT gen_random_uuid(), of_tenant, made, d.direction, f.family, 'ANY', CASE d.direction WHEN 'IN' THEN made END
        FROM (VALUES ('IN'), ('OUT')) d (direction), (VALUES ('IPV4'), ('IPV6')) f (family);
END $$;
CREATE FUNCTION make_default_group_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM make_default_group(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER tenant_has_default_group AFTER INSERT ON tenant FOR EACH ROW EXECUTE FUNCTION make_default_group_of_new();
SELECT make_default_group(id) FROM tenant;

-- Events of all of it. A network's generation is no news for watchers; what hosts make of it is.
CREATE FUNCTION tell_network() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present network := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(present.tenant_id,
        CASE TG_OP WHEN 'INSERT' THEN 'network.created' WHEN 'DELETE' THEN 'network.removed' ELSE 'network.changed' END,
        'network', present.id, jsonb_build_object('name', present.name, 'mtu', present.mtu));
    RETURN NULL;
END $$;
CREATE TRIGGER network_told AFTER INSERT OR DELETE ON network FOR EACH ROW EXECUTE FUNCTION tell_network();
CREATE TRIGGER network_change_told AFTER UPDATE ON network FOR EACH ROW
    WHEN ((OLD.name, OLD.mtu) IS DISTINCT FROM (NEW.name, NEW.mtu)) EXECUTE FUNCTION tell_network();

CREATE FUNCTION tell_subnet() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present subnet := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event((SELECT tenant_id FROM network WHERE id = present.network_id),
        CASE TG_OP WHEN 'INSERT' THEN 'subnet.created' WHEN 'DELETE' THEN 'subnet.removed' ELSE 'subnet.changed' END,
        'subnet', present.id, jsonb_build_object('networkId', present.network_id, 'cidr', present.cidr));
    RETURN NULL;
END $$;
CREATE TRIGGER subnet_told AFTER INSERT OR DELETE ON subnet FOR EACH ROW EXECUTE FUNCTION tell_subnet();
CREATE TRIGGER subnet_change_told AFTER UPDATE ON subnet FOR EACH ROW
    WHEN ((OLD.gateway, OLD.dhcp, OLD.dns_servers) IS DISTINCT FROM (NEW.gateway, NEW.dhcp, NEW.dns_servers))
    EXECUTE FUNCTION tell_subnet();

CREATE FUNCTION tell_security_group() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present security_group := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(present.tenant_id,
        CASE TG_OP WHEN 'INSERT' THEN 'security_group.created' WHEN 'DELETE' THEN 'security_group.removed'
            ELSE 'security_group.changed' END,
        'security_group', present.id, jsonb_build_object('name', present.name));
    RETURN NULL;
END $$;
CREATE TRIGGER security_group_told AFTER INSERT OR DELETE OR UPDATE ON security_group
    FOR EACH ROW EXECUTE FUNCTION tell_security_group();

CREATE FUNCTION tell_security_rule() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present security_rule := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(present.tenant_id,
        CASE TG_OP WHEN 'DELETE' THEN 'security_rule.removed' ELSE 'security_rule.created' END,
        'security_rule', present.id,
        jsonb_build_object('securityGroupId', present.group_id, 'direction', present.direction, 'family', present.family,
            'protocol', present.protocol, 'portMin', present.port_min, 'portMax', present.port_max,
            'remoteCidr', present.remote_cidr, 'remoteGroupId', present.remote_group_id));
    RETURN NULL;
END $$;
CREATE TRIGGER security_rule_told AFTER INSERT OR DELETE ON security_rule FOR EACH ROW EXECUTE FUNCTION tell_security_rule();

CREATE FUNCTION tell_nic() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present nic := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(present.tenant_id,
        CASE TG_OP WHEN 'INSERT' THEN 'nic.created' WHEN 'DELETE' THEN 'nic.removed' ELSE 'nic.changed' END,
        'nic', present.id,
        jsonb_build_object('networkId', present.network_id, 'vmId', present.vm_id, 'routerId', present.router_id, 'mac', present.mac));
    RETURN NULL;
END $$;
CREATE TRIGGER nic_told AFTER INSERT OR DELETE OR UPDATE ON nic FOR EACH ROW EXECUTE FUNCTION tell_nic();

CREATE FUNCTION tell_router() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present router := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(present.tenant_id,
        CASE TG_OP WHEN 'INSERT' THEN 'router.created' WHEN 'DELETE' THEN 'router.removed' ELSE 'router.changed' END,
        'router', present.id, jsonb_build_object('name', present.name));
    RETURN NULL;
END $$;
CREATE TRIGGER router_told AFTER INSERT OR DELETE OR UPDATE ON router FOR EACH ROW EXECUTE FUNCTION tell_router();

CREATE FUNCTION tell_floating_ip() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present floating_ip := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(present.tenant_id,
        CASE TG_OP WHEN 'INSERT' THEN 'floating_ip.created' WHEN 'DELETE' THEN 'floating_ip.removed' ELSE 'floating_ip.changed' END,
        'floating_ip', present.id,
        jsonb_build_object('address', host(present.ip), 'nicId', present.nic_id));
    RETURN NULL;
END $$;
CREATE TRIGGER floating_ip_told AFTER INSERT OR DELETE OR UPDATE ON floating_ip FOR EACH ROW EXECUTE FUNCTION tell_floating_ip();
