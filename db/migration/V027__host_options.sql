-- What the daemon of a host was started with (HostOptions): a machine that takes the host's place is given it.
ALTER TABLE host ADD COLUMN options jsonb;
