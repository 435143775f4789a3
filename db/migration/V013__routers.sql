-- Ways between subnets and out of the cloud: what a router's gateway is, which external addresses lead where, and who is told.

ALTER TABLE tenant
    ADD COLUMN quota_routers bigint CHECK (quota_routers >= 0);

-- external: routers may have their way out through it, and tenants take floating IPs of it. shared: tenants' VMs may have cards in it.
ALTER TABLE network
    ADD COLUMN external boolean NOT NULL DEFAULT false,
    ADD COLUMN shared   boolean NOT NULL DEFAULT false,
    ADD CHECK (tenant_id IS NULL OR NOT external AND NOT shared),
    ADD CHECK (segment <> 'OVERLAY' OR NOT external);

-- The part of a subnet that is given unasked; the rest belongs to somebody else, such as the data centre.
ALTER TABLE subnet
    ADD COLUMN range_first inet,
    ADD COLUMN range_last  inet,
    ADD CHECK ((range_first IS NULL) = (range_last IS NULL)),
    ADD CHECK (range_first << cidr AND range_last << cidr AND range_first <= range_last);

CREATE FUNCTION begin_at_range() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.next_address := NEW.range_first;
    RETURN NEW;
END $$;
CREATE TRIGGER subnet_begins_at_range BEFORE INSERT ON subnet FOR EACH ROW
    WHEN (NEW.range_first IS NOT NULL) EXECUTE FUNCTION begin_at_range();

-- As before, and nothing unasked from outside of the subnet's range.
CREATE OR REPLACE FUNCTION take_address(of_subnet uuid, for_nic uuid, asked inet, as_use text, of_tenant uuid,
    OUT outcome text, OUT taken inet) LANGUAGE plpgsql AS $$
DECLARE
    s subnet;
    held text;
    top inet;
    last inet;
BEGIN
    SELECT * INTO s FROM subnet WHERE id = of_subnet FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'NO_SUBNET';
        RETURN;
    END IF;
    top := set_masklen(broadcast(s.cidr), CASE family(s.cidr) WHEN 4 THEN 32 ELSE 128 END);
    last := coalesce(s.range_last, top);
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
        SELECT r.ip INTO taken FROM address_released r WHERE r.subnet_id = s.id AND r.released_at < now() - interval '1 minute'
            AND (s.range_first IS NULL OR r.ip BETWEEN s.range_first AND s.range_last) ORDER BY r.released_at LIMIT 1;
        IF taken IS NULL AND s.next_address IS NOT NULL THEN
            taken := s.next_address;
            WHILE taken IS NOT NULL AND EXISTS (SELECT FROM address a WHERE a.network_id = s.network_id AND a.ip = taken) LOOP
                taken := CASE WHEN taken < last THEN taken + 1 END;
            END LOOP;
            IF family(s.cidr) = 4 AND taken = top THEN
                taken := NULL;
            END IF;
            UPDATE subnet SET next_address = CASE WHEN taken < last THEN taken + 1 END WHERE id = s.id;
        END IF;
        IF taken IS NULL THEN
            SELECT r.ip INTO taken FROM address_released r WHERE r.subnet_id = s.id
                AND (s.range_first IS NULL OR r.ip BETWEEN s.range_first AND s.range_last) ORDER BY r.released_at LIMIT 1;
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

-- The card of the way out has no leg row: routers are no way between provider networks.
ALTER TABLE router
    -- why this host is the gateway, or why there is none
    ADD COLUMN gateway_reason text,
    ADD COLUMN gateway_since  timestamptz;

-- One external address for one address inside; where it was before, until that router's host knows that it is gone.
ALTER TABLE floating_ip
    ADD COLUMN left_router_id uuid REFERENCES router ON DELETE SET NULL,
    ADD CHECK (nic_id IS NULL OR fixed IS NOT NULL AND router_id IS NOT NULL);
CREATE UNIQUE INDEX floating_ip_fixed ON floating_ip (nic_id, fixed) WHERE nic_id IS NOT NULL;
CREATE INDEX floating_ip_left ON floating_ip (left_router_id) WHERE left_router_id IS NOT NULL;

-- A card that goes leaves the address without a way, not pointing at whoever gets the inner address next.
CREATE FUNCTION floating_ip_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.nic_id IS NULL THEN
        NEW.fixed := NULL;
        IF OLD.nic_id IS NOT NULL THEN
            NEW.router_id := NULL;
        END IF;
    END IF;
    IF OLD.router_id IS DISTINCT FROM NEW.router_id THEN
        NEW.left_router_id := coalesce(OLD.router_id, OLD.left_router_id);
        IF NEW.left_router_id = NEW.router_id THEN
            NEW.left_router_id := NULL;
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER floating_ip_moves BEFORE UPDATE OF nic_id, fixed, router_id ON floating_ip
    FOR EACH ROW EXECUTE FUNCTION floating_ip_moves();

CREATE FUNCTION touch_routers_of_floating_ip() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM touch_routers(ARRAY(SELECT id FROM router WHERE id IN (
        CASE WHEN TG_OP <> 'INSERT' THEN OLD.router_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.router_id END)));
    RETURN NULL;
END $$;
CREATE TRIGGER floating_ip_made_or_removed AFTER INSERT OR DELETE ON floating_ip
    FOR EACH ROW EXECUTE FUNCTION touch_routers_of_floating_ip();
CREATE TRIGGER floating_ip_changed AFTER UPDATE ON floating_ip FOR EACH ROW
    WHEN ((OLD.nic_id, OLD.fixed, OLD.router_id) IS DISTINCT FROM (NEW.nic_id, NEW.fixed, NEW.router_id))
    EXECUTE FUNCTION touch_routers_of_floating_ip();

CREATE FUNCTION touch_routers_of_forwarding() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present port_forwarding := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM touch_routers(ARRAY(SELECT router_id FROM floating_ip WHERE id = present.floating_ip_id AND router_id IS NOT NULL));
    IF TG_OP = 'DELETE' THEN
        UPDATE floating_ip f SET router_id = NULL WHERE f.id = OLD.floating_ip_id AND f.nic_id IS NULL
            AND NOT EXISTS (SELECT FROM port_forwarding p WHERE p.floating_ip_id = f.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER forwarding_changed AFTER INSERT OR DELETE OR UPDATE ON port_forwarding
    FOR EACH ROW EXECUTE FUNCTION touch_routers_of_forwarding();

-- The legs' addresses are in the router's own words too.
CREATE FUNCTION touch_router_of_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM touch_routers(ARRAY(SELECT DISTINCT r.id FROM router r JOIN nic n ON n.router_id = r.id WHERE n.id IN (
        CASE WHEN TG_OP <> 'INSERT' THEN OLD.nic_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.nic_id END)));
    RETURN NULL;
END $$;
CREATE TRIGGER router_address_made_or_removed AFTER INSERT OR DELETE ON address FOR EACH ROW EXECUTE FUNCTION touch_router_of_address();
CREATE TRIGGER router_address_changed AFTER UPDATE ON address FOR EACH ROW
    WHEN (OLD.nic_id IS DISTINCT FROM NEW.nic_id) EXECUTE FUNCTION touch_router_of_address();

-- Where its packets come in has changed: the ports of all its networks have another place, and the host that was it is told so.
CREATE FUNCTION router_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.gateway_host_id IS DISTINCT FROM NEW.gateway_host_id THEN
        PERFORM touch_networks(ARRAY(SELECT network_id FROM nic WHERE router_id = NEW.id));
    END IF;
    PERFORM touch_routers(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER router_moves AFTER UPDATE ON router FOR EACH ROW
    WHEN ((OLD.gateway_host_id, OLD.uplink_network_id, OLD.snat, OLD.name)
        IS DISTINCT FROM (NEW.gateway_host_id, NEW.uplink_network_id, NEW.snat, NEW.name))
    EXECUTE FUNCTION router_moves();

-- A router that goes leaves its hosts to be told; its networks lose a port.
CREATE FUNCTION router_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE host_router SET gone_generation = OLD.generation + 1 WHERE router_id = OLD.id;
    PERFORM sync_later(ARRAY[OLD.id], 'ROUTER');
    RETURN OLD;
END $$;
CREATE TRIGGER router_goes BEFORE DELETE ON router FOR EACH ROW EXECUTE FUNCTION router_goes();

-- Its generation is no news for watchers; its name, its gateway and its way out are.
DROP TRIGGER router_told ON router;
CREATE OR REPLACE FUNCTION tell_router() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present router := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(present.tenant_id,
        CASE TG_OP WHEN 'INSERT' THEN 'router.created' WHEN 'DELETE' THEN 'router.removed' ELSE 'router.changed' END,
        'router', present.id, jsonb_build_object('name', present.name, 'externalNetworkId', present.uplink_network_id,
            'hasGateway', present.gateway_host_id IS NOT NULL));
    RETURN NULL;
END $$;
CREATE TRIGGER router_made_or_removed AFTER INSERT OR DELETE ON router FOR EACH ROW EXECUTE FUNCTION tell_router();
CREATE TRIGGER router_change_told AFTER UPDATE ON router FOR EACH ROW
    WHEN ((OLD.gateway_host_id, OLD.uplink_network_id, OLD.snat, OLD.name)
        IS DISTINCT FROM (NEW.gateway_host_id, NEW.uplink_network_id, NEW.snat, NEW.name))
    EXECUTE FUNCTION tell_router();
