package dev.yado.recovery;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.trust.CaHash;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What a backup of the controllers says of itself, in the place of a VM's specification.
 *
 * @param kind always {@link #KIND}
 * @param ca by which hosts know the cloud
 * @param images digests of images; the content of each is a disk of the backup
 */
record CloudRecord(String kind, String ca, Dump database, List<String> images) {
    CloudRecord {
        images = List.copyOf(images);
    }

    static final String KIND = "yado-controller";
    static final String LABEL = "CONTROLLER";
    /** Rows, as {@link Dump} says. */
    static final DiskId DATABASE = new DiskId(new UUID(0x7961_646F_0000_7000L, 0x8000_0000_0000_0010L));
    /** {@link Secrets} as JSON. */
    static final DiskId SECRETS = new DiskId(new UUID(0x7961_646F_0000_7000L, 0x8000_0000_0000_0011L));

    /** The content of files of the state directory, by name. */
    record Secrets(Map<String, String> files) {
        Secrets {
            files = Map.copyOf(files);
        }
    }

    static DiskId image(String sha256) {
        return new DiskId(UUID.nameUUIDFromBytes(sha256.getBytes(StandardCharsets.US_ASCII)));
    }

    /** In the place of a VM's id in the manifest. */
    static VmId cloud(CaHash ca) {
        return new VmId(UUID.nameUUIDFromBytes(ca.text().getBytes(StandardCharsets.US_ASCII)));
    }
}
