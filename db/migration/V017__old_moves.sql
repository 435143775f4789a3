-- Moves are kept for some time after they have ended.
CREATE INDEX migration_ended ON migration (ended_at) WHERE state = 'ENDED';
