-- VMs that were made from a backup and use it: until all of it has come, they need it.
ALTER TABLE vm
    ADD COLUMN restoring   boolean NOT NULL DEFAULT false,
    ADD COLUMN restored_at timestamptz;
UPDATE vm SET restoring = true WHERE EXISTS (SELECT FROM vm_disk d WHERE d.vm_id = vm.id AND d.origin_mode = 'INSTANT');

CREATE OR REPLACE FUNCTION tell_vm() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present vm := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(present.tenant_id,
        CASE TG_OP WHEN 'INSERT' THEN 'vm.created' WHEN 'DELETE' THEN 'vm.removed' ELSE 'vm.changed' END,
        'vm', present.id,
        jsonb_build_object('name', present.name, 'desiredState', present.desired_state, 'generation', present.generation,
            'runEpoch', present.run_epoch, 'observedState', present.observed_state,
            'observedGeneration', present.observed_generation, 'settled', present.observed_settled,
            'causeCode', present.cause_code, 'causeDetail', present.cause_detail, 'restoring', present.restoring));
    RETURN NULL;
END $$;
DROP TRIGGER vm_changed ON vm;
CREATE TRIGGER vm_changed AFTER UPDATE ON vm FOR EACH ROW
    WHEN ((OLD.desired_state, OLD.generation, OLD.observed_state, OLD.observed_generation, OLD.observed_settled, OLD.cause_code,
            OLD.restoring)
        IS DISTINCT FROM
        (NEW.desired_state, NEW.generation, NEW.observed_state, NEW.observed_generation, NEW.observed_settled, NEW.cause_code,
            NEW.restoring))
    EXECUTE FUNCTION tell_vm();
