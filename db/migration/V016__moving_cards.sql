-- The network cards of VMs that move: the host that a VM is to come to hears of its cards before it comes, and the one that it has left
-- carries its networks until nothing of it is left there.

CREATE FUNCTION touch_networks_of_claim() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.vm_id ELSE NEW.vm_id END;
BEGIN
    PERFORM touch_networks(ARRAY(SELECT DISTINCT network_id FROM nic WHERE vm_id = moving));
    RETURN NULL;
END $$;
CREATE TRIGGER claim_of_ports AFTER INSERT OR DELETE OR UPDATE OF host_id ON claim
    FOR EACH ROW EXECUTE FUNCTION touch_networks_of_claim();
