-- Where an operation belongs in a trace (W3C traceparent): steps that run later, or in another replica, go on in it.
ALTER TABLE operation ADD COLUMN trace_context text;
