-- What happened, for those who watch. Triggers write it, in the transaction that changes the row, so that no writer can forget it.
--
-- An event's place is (xid, seq). Numbers are given before commits, and commits come in any order; so only events of transactions
-- below every open one (pg_snapshot_xmin) are shown. What is shown is then complete: nothing ever appears before it.
CREATE TABLE event (
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    tenant_id   uuid,
    type        text NOT NULL,
    object_kind text NOT NULL,
    object_id   uuid NOT NULL,
    data        jsonb NOT NULL,
    PRIMARY KEY (xid, seq)
);

-- The newest place whose event was pruned; who was there last has missed nothing yet, who was before it has.
CREATE TABLE event_horizon (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    xid     xid8 NOT NULL,
    seq     bigint NOT NULL
);
INSERT INTO event_horizon (xid, seq) VALUES ('0', 0);

CREATE FUNCTION tell_event(tenant uuid, type text, kind text, id uuid, data jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO event (tenant_id, type, object_kind, object_id, data) VALUES (tenant, type, kind, id, jsonb_strip_nulls(data));
$$;

CREATE FUNCTION tell_operation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_event(NEW.tenant_id,
        CASE WHEN NEW.ended_at IS NOT NULL THEN 'operation.ended'
             WHEN TG_OP = 'INSERT' THEN 'operation.accepted'
             WHEN NEW.undoing AND NOT OLD.undoing THEN 'operation.undoing'
             ELSE 'operation.waiting' END,
        'operation', NEW.id,
        jsonb_build_object('kind', NEW.kind, 'status', NEW.status, 'targetId', NEW.target_id, 'step', lower(NEW.step),
            'waitReason', NEW.wait_reason, 'errorCode', NEW.error_code, 'errorDetail', NEW.error_detail));
    RETURN NULL;
END $$;
CREATE TRIGGER operation_begun AFTER INSERT ON operation FOR EACH ROW EXECUTE FUNCTION tell_operation();
CREATE TRIGGER operation_moved AFTER UPDATE ON operation FOR EACH ROW
    WHEN (OLD.ended_at IS NULL AND (NEW.ended_at IS NOT NULL OR NEW.undoing AND NOT OLD.undoing
        OR NEW.status = 'WAITING' AND NEW.wait_reason IS DISTINCT FROM OLD.wait_reason))
    EXECUTE FUNCTION tell_operation();

CREATE FUNCTION tell_vm() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present vm := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(present.tenant_id,
        CASE TG_OP WHEN 'INSERT' THEN 'vm.created' WHEN 'DELETE' THEN 'vm.removed' ELSE 'vm.changed' END,
        'vm', present.id,
        jsonb_build_object('name', present.name, 'desiredState', present.desired_state, 'generation', present.generation,
            'runEpoch', present.run_epoch, 'observedState', present.observed_state,
            'observedGeneration', present.observed_generation, 'settled', present.observed_settled,
            'causeCode', present.cause_code, 'causeDetail', present.cause_detail));
    RETURN NULL;
END $$;
CREATE TRIGGER vm_made_or_removed AFTER INSERT OR DELETE ON vm FOR EACH ROW EXECUTE FUNCTION tell_vm();
CREATE TRIGGER vm_changed AFTER UPDATE ON vm FOR EACH ROW
    WHEN ((OLD.desired_state, OLD.generation, OLD.observed_state, OLD.observed_generation, OLD.observed_settled, OLD.cause_code)
        IS DISTINCT FROM
        (NEW.desired_state, NEW.generation, NEW.observed_state, NEW.observed_generation, NEW.observed_settled, NEW.cause_code))
    EXECUTE FUNCTION tell_vm();

CREATE FUNCTION tell_image() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present image := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(present.tenant_id,
        CASE TG_OP WHEN 'INSERT' THEN 'image.created' WHEN 'DELETE' THEN 'image.removed' ELSE 'image.changed' END,
        'image', present.id,
        jsonb_build_object('name', present.name, 'state', present.state, 'stateReason', present.state_reason));
    RETURN NULL;
END $$;
CREATE TRIGGER image_made_or_removed AFTER INSERT OR DELETE ON image FOR EACH ROW EXECUTE FUNCTION tell_image();
CREATE TRIGGER image_changed AFTER UPDATE ON image FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION tell_image();

CREATE FUNCTION tell_host() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present host := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM tell_event(NULL,
        CASE TG_OP WHEN 'INSERT' THEN 'host.joined' WHEN 'DELETE' THEN 'host.removed'
            ELSE CASE WHEN OLD.boot_id <> NEW.boot_id THEN 'host.rebooted' ELSE 'host.restarted' END END,
        'host', present.id,
        jsonb_build_object('name', present.name, 'url', present.url, 'incarnation', present.incarnation));
    RETURN NULL;
END $$;
CREATE TRIGGER host_made_or_removed AFTER INSERT OR DELETE ON host FOR EACH ROW EXECUTE FUNCTION tell_host();
CREATE TRIGGER host_came_anew AFTER UPDATE ON host FOR EACH ROW
    WHEN (OLD.boot_id <> NEW.boot_id OR OLD.incarnation <> NEW.incarnation) EXECUTE FUNCTION tell_host();

CREATE FUNCTION tell_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_event(NULL, CASE WHEN NEW.ended_at IS NULL THEN 'alert.raised' ELSE 'alert.ended' END, 'alert', NEW.id,
        jsonb_build_object('code', NEW.code, 'severity', NEW.severity, 'subject', NEW.subject_kind || ' ' || NEW.subject_id,
            'detail', NEW.detail));
    RETURN NULL;
END $$;
CREATE TRIGGER alert_raised AFTER INSERT ON alert FOR EACH ROW EXECUTE FUNCTION tell_alert();
CREATE TRIGGER alert_ended AFTER UPDATE ON alert FOR EACH ROW
    WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION tell_alert();
