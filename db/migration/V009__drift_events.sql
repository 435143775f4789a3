-- Drift is told as events too: when it is seen, and when a rule has healed or quarantined it.
CREATE FUNCTION tell_drift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_event(NULL,
        CASE NEW.status WHEN 'OPEN' THEN 'drift.seen' WHEN 'HEALED' THEN 'drift.healed' ELSE 'drift.quarantined' END,
        'drift', NEW.id,
        jsonb_build_object('kind', NEW.kind, 'severity', NEW.severity, 'status', NEW.status, 'hostId', NEW.host_id, 'vmId', NEW.vm_id,
            'object', NEW.object, 'rule', NEW.rule));
    RETURN NULL;
END $$;
CREATE TRIGGER drift_seen AFTER INSERT ON drift FOR EACH ROW EXECUTE FUNCTION tell_drift();
CREATE TRIGGER drift_dealt_with AFTER UPDATE ON drift FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION tell_drift();
