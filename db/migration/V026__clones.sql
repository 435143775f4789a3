-- VMs that are made from snapshots of others.

-- The snapshot that a disk is copied from, once, and the host that has it. Kept for ever: it is part of what its host was told.
ALTER TABLE vm_disk
    ADD COLUMN copy_vm       uuid,
    ADD COLUMN copy_snapshot uuid,
    ADD COLUMN copy_disk     uuid,
    ADD COLUMN copy_host     uuid,
    ADD CHECK (num_nonnulls(copy_vm, copy_snapshot, copy_disk, copy_host) IN (0, 4)),
    ADD CHECK (copy_vm IS NULL OR origin_backup IS NULL);
-- Most disks are no copies.
CREATE INDEX vm_disk_copy ON vm_disk (copy_vm) WHERE copy_vm IS NOT NULL;
