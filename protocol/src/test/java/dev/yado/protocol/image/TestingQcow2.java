package dev.yado.protocol.image;

import dev.yado.protocol.ImageFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** An empty qcow2 file of four clusters, valid until one of its fields is set to something else. */
final class TestingQcow2 {
    static final long VIRTUAL_SIZE = 1L << 30;
    static final int CLUSTER_BITS = 16;
    private static final int CLUSTER = 1 << CLUSTER_BITS;

    private final byte[] content = new byte[4 * CLUSTER];
    private final ByteBuffer fields = ByteBuffer.wrap(content);

    TestingQcow2() {
        setInt(0, 0x514649fb).setInt(4, 3).setInt(20, CLUSTER_BITS).setLong(24, VIRTUAL_SIZE);
        setInt(36, 2).setLong(40, 3L * CLUSTER);
        setLong(48, CLUSTER).setInt(56, 1);
        setInt(96, 4).setInt(100, 112);
        fields.putLong(CLUSTER, 2L * CLUSTER);
        for (int cluster = 0; cluster < 4; cluster++) {
            fields.putShort(2 * CLUSTER + 2 * cluster, (short) 1);
        }
    }

    TestingQcow2 setInt(int at, int value) {
        fields.putInt(at, value);
        return this;
    }

    TestingQcow2 setLong(int at, long value) {
        fields.putLong(at, value);
        return this;
    }

    TestingQcow2 setByte(int at, int value) {
        fields.put(at, (byte) value);
        return this;
    }

    TestingQcow2 setText(int at, String text) {
        fields.put(at, text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    byte[] content() {
        return content.clone();
    }

    ImageHeader check() {
        return check(ImageFormat.QCOW2, content);
    }

    /** As an upload is checked: by its beginning and its length. */
    static ImageHeader check(ImageFormat declared, byte[] content) {
        byte[] head = Arrays.copyOf(content, Math.min(content.length, ImageHeader.HEAD_BYTES));
        return ImageHeader.check(declared, head, content.length);
    }
}
