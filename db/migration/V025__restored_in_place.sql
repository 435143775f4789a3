-- What a VM's disks had before a backup was restored to them is a snapshot.

-- For one that is, the backup: {repository, marker, backup}
ALTER TABLE snapshot
    ADD COLUMN restored jsonb;
