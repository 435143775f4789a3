package dev.yado.protocol.image;

import static dev.yado.protocol.image.ImageHeader.invalid;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The header of a qcow2 file whose tables lie inside the file and that needs no other file than its backing file. The layout and
 * the limits are those of QEMU's docs/interop/qcow2.txt and block/qcow2.h.
 *
 * @param dirty the file was open for writing with lazy reference counts when its writer ended
 * @param backingFile the text in the header, as it is there; null when the file stands alone
 * @param backingFormat the format that the header names for the backing file; null when it names none
 */
public record Qcow2Header(
        int version,
        int clusterBits,
        long virtualSize,
        boolean extendedL2,
        boolean dirty,
        @Nullable String backingFile,
        @Nullable String backingFormat) {

    private static final int MAGIC = 0x514649fb;
    private static final int V2_LENGTH = 72;
    private static final int V3_LENGTH = 104;
    private static final int MAX_L1_BYTES = 32 << 20;
    private static final int MAX_REFCOUNT_TABLE_BYTES = 8 << 20;
    private static final int MAX_SNAPSHOTS = 65_536;
    private static final int MIN_SNAPSHOT_BYTES = 40;
    private static final int MAX_BACKING_NAME = 1023;

    private static final long DIRTY = 1;
    private static final long CORRUPT = 2;
    private static final long DATA_FILE = 4;
    private static final long COMPRESSION_TYPE = 8;
    private static final long EXTENDED_L2 = 16;
    private static final long KNOWN_FEATURES = DIRTY | CORRUPT | DATA_FILE | COMPRESSION_TYPE | EXTENDED_L2;

    private static final int EXTENSION_END = 0;
    private static final int EXTENSION_BACKING_FORMAT = 0xe2792aca;
    private static final int EXTENSION_DATA_FILE = 0x44415441;
    private static final int EXTENSION_ENCRYPTION = 0x0537be77;

    static boolean hasMagic(byte[] head) {
        return head.length >= Integer.BYTES && ByteBuffer.wrap(head).getInt(0) == MAGIC;
    }

    /**
     * @param head the first {@link ImageHeader#HEAD_BYTES}, or the whole of a shorter file
     * @param length of the whole file
     * @throws YadoException {@link ErrorCode#IMAGE_INVALID} when it is no qcow2, is damaged, encrypted or has a data file
     */
    public static Qcow2Header parse(byte[] head, long length) {
        if (!hasMagic(head)) {
            throw invalid("The content is not qcow2"
                    + ForeignFormat.of(head)
                            .map(foreign -> ": it begins as " + foreign.title())
                            .orElse("")
                    + ".");
        }
        ByteBuffer bytes = ByteBuffer.wrap(head);
        require(head.length >= V2_LENGTH && length >= V2_LENGTH, "the file ends inside the header");
        int version = bytes.getInt(4);
        require(version == 2 || version == 3, "its version is " + Integer.toUnsignedString(version) + ", not 2 or 3");
        int clusterBits = bytes.getInt(20);
        require(clusterBits >= 9 && clusterBits <= 21, "its cluster size is not between 512 bytes and 2 MiB");
        require(bytes.getInt(32) == 0, "it is encrypted; decrypt it first with qemu-img convert");
        long features = version == 2 ? 0 : checkVersion3(bytes, length, clusterBits);
        boolean extendedL2 = (features & EXTENDED_L2) != 0;
        require(!extendedL2 || clusterBits >= 14, "extended L2 entries need clusters of at least 16 KiB");
        long virtualSize = bytes.getLong(24);
        checkSize(virtualSize);
        checkTables(bytes, length, clusterBits, extendedL2, virtualSize);
        int headerLength = version == 2 ? V2_LENGTH : bytes.getInt(100);
        return new Qcow2Header(
                version,
                clusterBits,
                virtualSize,
                extendedL2,
                (features & DIRTY) != 0,
                backingFile(bytes, headerLength, clusterBits),
                backingFormat(bytes, headerLength, clusterBits));
    }

    private static void checkSize(long virtualSize) {
        require(virtualSize > 0, "its virtual size is zero or absurd");
        require(
                virtualSize <= ImageHeader.MAX_VIRTUAL_SIZE,
                "its virtual size of " + virtualSize + " bytes is over the limit of " + ImageHeader.MAX_VIRTUAL_SIZE);
        require(virtualSize % 512 == 0, "its virtual size of " + virtualSize + " bytes is not a multiple of 512");
    }

    /** @return the incompatible features, all known and none that Yado refuses */
    private static long checkVersion3(ByteBuffer bytes, long length, int clusterBits) {
        require(bytes.limit() >= V3_LENGTH && length >= V3_LENGTH, "the file ends inside the header");
        long features = bytes.getLong(72);
        require(
                (features & DATA_FILE) == 0,
                "its data lies in an external data file; flatten it with qemu-img convert");
        require((features & CORRUPT) == 0, "it is marked corrupt; repair it with qemu-img check -r all");
        require(
                (features & ~KNOWN_FEATURES) == 0,
                "it needs unknown features (bits 0x" + Long.toHexString(features & ~KNOWN_FEATURES) + ")");
        require(Integer.compareUnsigned(bytes.getInt(96), 6) <= 0, "its reference counts are wider than 64 bits");
        int headerLength = bytes.getInt(100);
        require(
                headerLength >= V3_LENGTH
                        && headerLength % 8 == 0
                        && headerLength <= Math.min(1 << clusterBits, bytes.limit()),
                "its header length of " + Integer.toUnsignedString(headerLength) + " is absurd");
        int compression = headerLength > V3_LENGTH ? bytes.get(V3_LENGTH) : 0;
        require(
                (compression == 1) == ((features & COMPRESSION_TYPE) != 0) && compression >= 0 && compression <= 1,
                "its compression is neither zlib nor zstd");
        return features;
    }

    private static void checkTables(
            ByteBuffer bytes, long length, int clusterBits, boolean extendedL2, long virtualSize) {
        long clusterSize = 1L << clusterBits;
        long l1Entries = Integer.toUnsignedLong(bytes.getInt(36));
        require(l1Entries * Long.BYTES <= MAX_L1_BYTES, "its L1 table of " + l1Entries + " entries is over 32 MiB");
        long bytesPerL1Entry = clusterSize / (extendedL2 ? 16 : 8) * clusterSize;
        require(
                l1Entries >= Math.ceilDiv(virtualSize, bytesPerL1Entry),
                "its L1 table is too small for its virtual size");
        requireTable("L1 table", bytes.getLong(40), l1Entries * Long.BYTES, length, clusterSize);

        long refcountClusters = Integer.toUnsignedLong(bytes.getInt(56));
        require(
                refcountClusters > 0 && refcountClusters * clusterSize <= MAX_REFCOUNT_TABLE_BYTES,
                "its refcount table of " + refcountClusters + " clusters is empty or over 8 MiB");
        long wholeClusters = Math.ceilDiv(length, clusterSize) * clusterSize;
        requireTable("refcount table", bytes.getLong(48), refcountClusters * clusterSize, wholeClusters, clusterSize);

        long snapshots = Integer.toUnsignedLong(bytes.getInt(60));
        require(snapshots <= MAX_SNAPSHOTS, "it has " + snapshots + " snapshots, the limit is " + MAX_SNAPSHOTS);
        if (snapshots > 0) {
            requireTable("snapshot table", bytes.getLong(64), snapshots * MIN_SNAPSHOT_BYTES, length, clusterSize);
        }
    }

    private static void requireTable(String what, long offset, long bytes, long length, long clusterSize) {
        require(
                offset >= clusterSize && offset % clusterSize == 0 && offset <= length && bytes <= length - offset,
                "its " + what + " lies outside the file");
    }

    private static @Nullable String backingFile(ByteBuffer bytes, int headerLength, int clusterBits) {
        long offset = bytes.getLong(8);
        long size = Integer.toUnsignedLong(bytes.getInt(16));
        if (offset == 0 && size == 0) {
            return null;
        }
        long limit = Math.min(1L << clusterBits, bytes.limit());
        require(
                offset >= headerLength && size > 0 && size <= MAX_BACKING_NAME && offset <= limit - size,
                "the name of its backing file lies outside the header");
        return new String(bytes.array(), (int) offset, (int) size, StandardCharsets.UTF_8);
    }

    private static @Nullable String backingFormat(ByteBuffer bytes, int headerLength, int clusterBits) {
        long backingOffset = bytes.getLong(8);
        long limit = Math.min(backingOffset == 0 ? 1L << clusterBits : backingOffset, bytes.limit());
        String format = null;
        long at = headerLength;
        while (at + 8 <= limit) {
            int type = bytes.getInt((int) at);
            long size = Integer.toUnsignedLong(bytes.getInt((int) at + 4));
            if (type == EXTENSION_END) {
                return format;
            }
            require(size <= limit - at - 8, "a header extension lies outside the header");
            require(type != EXTENSION_DATA_FILE, "it names an external data file; flatten it with qemu-img convert");
            require(type != EXTENSION_ENCRYPTION, "it is encrypted; decrypt it first with qemu-img convert");
            if (type == EXTENSION_BACKING_FORMAT) {
                format = new String(bytes.array(), (int) at + 8, (int) size, StandardCharsets.UTF_8);
            }
            at += 8 + Math.ceilDiv(size, 8L) * 8;
        }
        return format;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw invalid("The qcow2 image cannot be used: " + otherwise + ".");
        }
    }
}
