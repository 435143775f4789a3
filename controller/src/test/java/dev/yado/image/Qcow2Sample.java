package dev.yado.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A small empty qcow2 image, as the format's specification describes it. */
final class Qcow2Sample {
    static final long VIRTUAL_SIZE = 64L << 20;
    private static final int CLUSTER = 1 << 16;
    private static final int CLUSTERS = 4;
    private static final int NAME_AT = 200;

    private Qcow2Sample() {}

    static byte[] standingAlone() {
        return header("");
    }

    static byte[] backedBy(String file) {
        return header(file);
    }

    private static byte[] header(String backing) {
        ByteBuffer image = ByteBuffer.allocate(CLUSTERS * CLUSTER);
        image.putInt(0x514649fb).putInt(2);
        image.putLong(backing.isEmpty() ? 0 : NAME_AT).putInt(backing.length());
        image.putInt(16).putLong(VIRTUAL_SIZE).putInt(0);
        image.putInt(1).putLong(3L * CLUSTER);
        image.putLong(CLUSTER).putInt(1);
        image.putInt(0).putLong(0);
        image.position(NAME_AT).put(backing.getBytes(StandardCharsets.US_ASCII));
        image.putLong(CLUSTER, 2L * CLUSTER);
        for (int cluster = 0; cluster < CLUSTERS; cluster++) {
            image.putShort(2 * CLUSTER + 2 * cluster, (short) 1);
        }
        return image.array();
    }
}
