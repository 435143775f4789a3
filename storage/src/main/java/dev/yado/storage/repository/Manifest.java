package dev.yado.storage.repository;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.storage.repository.chunk.Locator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A backup. It needs no other one.
 *
 * @param key name of the key that it is encrypted with; null: it is not
 * @param retainUntil until when nobody can delete it; null: at any time
 */
public record Manifest(
        BackupId id,
        VmId vm,
        @Nullable TenantId tenant,
        Instant takenAt,
        String consistency,
        @Nullable Instant retainUntil,
        @Nullable String key,
        List<DiskMap> disks,
        BackupFigures figures,
        JsonNode spec) {
    /** In the place of a tenant: the backup is of the controllers themselves, encrypted with their recovery key. */
    public static final TenantId CONTROLLER = new TenantId(new UUID(0x7961_646F_0000_7000L, 0x8000_0000_0000_0001L));

    public Manifest {
        disks = List.copyOf(disks);
    }

    /** @param branches where the map's branches are; null: all that one would cover has only zeroes */
    public record DiskMap(DiskId id, long sizeBytes, List<@Nullable Locator> branches) {
        public DiskMap {
            branches = Collections.unmodifiableList(new ArrayList<>(branches));
        }
    }

    public boolean ofController() {
        return CONTROLLER.equals(tenant);
    }

    public Optional<DiskMap> disk(DiskId id) {
        return disks.stream().filter(each -> each.id().equals(id)).findAny();
    }

    public long sizeBytes() {
        return disks.stream().mapToLong(DiskMap::sizeBytes).sum();
    }
}
