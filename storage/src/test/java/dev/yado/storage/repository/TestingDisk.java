package dev.yado.storage.repository;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import tools.jackson.databind.node.JsonNodeFactory;

/** A disk in memory, half of text and noise and half of zeroes, and how it is backed up and restored. */
final class TestingDisk {
    static final int BLOCK = 64 << 10;
    static final TenantId TENANT = TenantId.of("00000000-0000-7000-8000-00000000000a");
    static final VmId VM = VmId.of("00000000-0000-7000-8000-00000000000b");

    final DiskId id = DiskId.random();
    byte[] content;

    TestingDisk(int bytes, long seed) {
        content = new byte[bytes];
        Random random = new Random(seed);
        for (int at = 0; at < bytes; at += BLOCK) {
            int length = Math.min(BLOCK, bytes - at);
            switch (random.nextInt(4)) {
                case 0 -> fillNoise(random, at, length);
                case 1 -> {
                    for (int each = 0; each < length; each++) {
                        content[at + each] = (byte) ("yado ".charAt(each % 5) + random.nextInt(2));
                    }
                }
                default -> {
                    // Zeroes.
                }
            }
        }
    }

    void fillNoise(Random random, int at, int length) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, content, at, length);
    }

    /** Written whole, as it is now. */
    Manifest full(Repository repository) {
        try (BackupWriter writer = repository.begin(new BackupHead(BackupId.random(), VM, TENANT))) {
            try (DiskWriter disk = writer.disk(id, content.length, Optional.empty())) {
                disk.write(0, ByteBuffer.wrap(content));
            }
            return writer.finish(point());
        }
    }

    /** Compared with a backup that there is. */
    Manifest compared(Repository repository, BackupId previous) {
        try (BackupReader before = repository.read(previous);
                BackupWriter writer = repository.begin(new BackupHead(BackupId.random(), VM, TENANT))) {
            try (DiskWriter disk = writer.disk(id, content.length, Optional.of(before.disk(id)))) {
                disk.compare(0, ByteBuffer.wrap(content));
            }
            return writer.finish(point());
        }
    }

    static BackupPoint point() {
        return new BackupPoint(
                Instant.parse("2026-11-21T02:00:00Z"),
                "CRASH",
                JsonNodeFactory.instance.objectNode().put("name", "web-1").put("vcpus", 2));
    }

    byte[] restored(Repository repository, BackupId backup) {
        try (BackupReader reader = repository.read(backup)) {
            BackupReader.Disk disk = reader.disk(id);
            ByteBuffer to = ByteBuffer.allocate(Math.toIntExact(disk.sizeBytes()));
            disk.read(0, to);
            return to.array();
        }
    }
}
