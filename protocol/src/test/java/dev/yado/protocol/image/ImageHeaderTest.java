package dev.yado.protocol.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.YadoException;
import java.util.Arrays;
import java.util.HexFormat;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageHeaderTest {
    private static final int BACKING_OFFSET = 8;
    private static final int BACKING_SIZE = 16;
    private static final int CLUSTER_BITS = 20;
    private static final int VIRTUAL_SIZE = 24;
    private static final int ENCRYPTION = 32;
    private static final int L1_ENTRIES = 36;
    private static final int L1_OFFSET = 40;
    private static final int REFCOUNT_OFFSET = 48;
    private static final int REFCOUNT_CLUSTERS = 56;
    private static final int SNAPSHOTS = 60;
    private static final int SNAPSHOTS_OFFSET = 64;
    private static final int INCOMPATIBLE = 72;
    private static final int HEADER_LENGTH = 100;
    private static final int COMPRESSION = 104;
    private static final int EXTENSIONS = 112;

    private final TestingQcow2 image = new TestingQcow2();

    @Test
    void aPlainQcow2IsTakenWithItsVirtualSize() {
        assertThat(image.check()).isEqualTo(new ImageHeader(ImageFormat.QCOW2, TestingQcow2.VIRTUAL_SIZE));
    }

    @Test
    void version2IsTakenToo() {
        assertThat(image.setInt(4, 2).check().virtualSize()).isEqualTo(TestingQcow2.VIRTUAL_SIZE);
    }

    @Test
    void anythingElseIsRawAndAsLargeAsItsContent() {
        byte[] kernel = "MZ and the rest of a kernel".getBytes(ISO_8859_1);

        assertThat(TestingQcow2.check(ImageFormat.RAW, kernel))
                .isEqualTo(new ImageHeader(ImageFormat.RAW, kernel.length));
    }

    @Test
    void anEmptyImageIsRefused() {
        refused(() -> TestingQcow2.check(ImageFormat.RAW, new byte[0]), "empty");
    }

    @Test
    void aHeadShorterThanAskedIsAnErrorOfTheProgram() {
        assertThatThrownBy(() -> ImageHeader.check(ImageFormat.RAW, new byte[100], 101))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void qcow2DeclaredAsRawIsRefused() {
        refused(
                () -> TestingQcow2.check(ImageFormat.RAW, image.content()),
                "declared raw but its content begins as qcow2");
    }

    @Test
    void rawDeclaredAsQcow2IsRefused() {
        refused(() -> TestingQcow2.check(ImageFormat.QCOW2, new byte[1 << 20]), "not qcow2");
    }

    @ParameterizedTest
    @CsvSource({
        "VMDK, 0, 4b444d56",
        "VMDK, 0, 434f5744",
        "VDI, 64, 7f10dabe",
        "VHDX, 0, 7668647866696c65",
        "VHD, 0, 636f6e6563746978",
        "QED, 0, 51454400",
        "qcow version 1, 0, 514649fb00000001",
        "Parallels, 0, 576974686f757446726565537061636500",
        "Parallels, 0, 576974686f75467265537061634578740000",
        "LUKS, 0, 4c554b53babe",
        "Bochs, 0, 426f636873205669727475616c20484420496d616765"
    })
    void anotherFormatDeclaredAsRawIsRefusedByName(String name, int at, String magic) {
        byte[] content = new byte[1 << 20];
        byte[] bytes = HexFormat.of().parseHex(magic);
        System.arraycopy(bytes, 0, content, at, bytes.length);

        // qcow version 1 shares the magic of qcow2, and is told by that
        refused(
                () -> TestingQcow2.check(ImageFormat.RAW, content),
                name.startsWith("qcow") ? "begins as qcow" : "begins as " + name);
        refused(() -> TestingQcow2.check(ImageFormat.QCOW2, content), "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "# Disk DescriptorFile\nversion=1\n",
                "#\n#\n   \nversion=3\nRW 100 FLAT \"/etc/shadow\" 0\n",
                "version=1\r\n"
            })
    void aTextThatQemuReadsAsVmdkIsRefused(String text) {
        refused(() -> TestingQcow2.check(ImageFormat.RAW, text.getBytes(ISO_8859_1)), "VMDK");
    }

    @Test
    void aTextThatMerelyTalksOfAVersionIsRaw() {
        byte[] script = "#!/bin/sh\necho version=1\n".getBytes(ISO_8859_1);

        assertThat(TestingQcow2.check(ImageFormat.RAW, script).format()).isEqualTo(ImageFormat.RAW);
    }

    @Test
    void aBackingFileIsRefused() {
        image.setText(200, "/etc/shadow").setLong(BACKING_OFFSET, 200).setInt(BACKING_SIZE, 11);

        refused(image::check, "backing file");
    }

    @ParameterizedTest
    @CsvSource({"200, 0", "0, 11", "65530, 11", "-1, 11", "200, -1", "200, 1024", "9223372036854775807, 1023"})
    void aBackingFileThatIsHalfThereIsRefused(long offset, int size) {
        refused(
                () -> image.setLong(BACKING_OFFSET, offset)
                        .setInt(BACKING_SIZE, size)
                        .check(),
                "backing file");
    }

    @Test
    void anExternalDataFileIsRefusedByItsFeature() {
        refused(() -> image.setLong(INCOMPATIBLE, 4).check(), "external data file");
    }

    @Test
    void anExternalDataFileIsRefusedByItsName() {
        image.setInt(EXTENSIONS, 0x44415441).setInt(EXTENSIONS + 4, 11).setText(EXTENSIONS + 8, "/etc/shadow");

        refused(image::check, "external data file");
    }

    @Test
    void encryptionIsRefused() {
        refused(() -> new TestingQcow2().setInt(ENCRYPTION, 1).check(), "encrypted");
        refused(() -> new TestingQcow2().setInt(ENCRYPTION, 2).check(), "encrypted");
        refused(
                () -> image.setInt(EXTENSIONS, 0x0537be77)
                        .setInt(EXTENSIONS + 4, 16)
                        .check(),
                "encrypted");
    }

    @ParameterizedTest
    @CsvSource({"1, not closed cleanly", "2, corrupt", "32, unknown features", "-9223372036854775808, unknown features"
    })
    void featuresThatCannotBeTrustedAreRefused(long features, String why) {
        refused(() -> image.setLong(INCOMPATIBLE, features).check(), why);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 22, 64, -1})
    void absurdClusterSizesAreRefused(int bits) {
        refused(() -> image.setInt(CLUSTER_BITS, bits).check(), "cluster size");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, (64L << 40) + 512, 513})
    void absurdVirtualSizesAreRefused(long size) {
        refused(() -> image.setLong(VIRTUAL_SIZE, size).check(), "virtual size");
    }

    @ParameterizedTest
    @CsvSource({"0, too small", "1, too small", "4194305, over 32 MiB", "-1, over 32 MiB", "8193, outside the file"})
    void anL1TableThatDoesNotFitIsRefused(int entries, String why) {
        refused(() -> image.setInt(L1_ENTRIES, entries).check(), why);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1, 65_537, 262_144, 9_223_372_036_854_710_272L})
    void tablesOutsideTheFileAreRefused(long offset) {
        refused(() -> new TestingQcow2().setLong(L1_OFFSET, offset).check(), "L1 table lies outside");
        refused(() -> new TestingQcow2().setLong(REFCOUNT_OFFSET, offset).check(), "refcount table lies outside");
        refused(
                () -> image.setInt(SNAPSHOTS, 1)
                        .setLong(SNAPSHOTS_OFFSET, offset)
                        .check(),
                "snapshot table lies outside");
    }

    @ParameterizedTest
    @CsvSource({"0, empty", "-1, over 8 MiB", "129, over 8 MiB", "100, outside the file"})
    void aRefcountTableOfAbsurdSizeIsRefused(int clusters, String why) {
        refused(() -> image.setInt(REFCOUNT_CLUSTERS, clusters).check(), why);
    }

    @ParameterizedTest
    @CsvSource({"65537, limit", "-1, limit", "5000, outside the file"})
    void hugeSnapshotTablesAreRefused(int snapshots, String why) {
        refused(
                () -> image.setInt(SNAPSHOTS, snapshots)
                        .setLong(SNAPSHOTS_OFFSET, 131_072)
                        .check(),
                why);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 72, 103, 105, 65_544, -1, Integer.MAX_VALUE})
    void absurdHeaderLengthsAreRefused(int length) {
        refused(() -> image.setInt(HEADER_LENGTH, length).check(), "header length");
    }

    @Test
    void aHeaderExtensionBeyondTheHeaderIsRefused() {
        refused(() -> image.setInt(EXTENSIONS, 42).setInt(EXTENSIONS + 4, -1).check(), "header extension");
    }

    @Test
    void compressionMustBeKnownAndAnnounced() {
        assertThat(new TestingQcow2()
                        .setByte(COMPRESSION, 1)
                        .setLong(INCOMPATIBLE, 8)
                        .check()
                        .virtualSize())
                .isEqualTo(TestingQcow2.VIRTUAL_SIZE);
        refused(() -> new TestingQcow2().setByte(COMPRESSION, 1).check(), "compression");
        refused(() -> new TestingQcow2().setByte(COMPRESSION, 2).check(), "compression");
        refused(() -> image.setLong(INCOMPATIBLE, 8).check(), "compression");
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 71, 72, 103, 112, 65_535, 65_536, 131_072, 196_608 + 15})
    void aTruncatedFileIsRefused(int length) {
        refused(() -> TestingQcow2.check(ImageFormat.QCOW2, Arrays.copyOf(image.content(), length)), "");
    }

    private static void refused(ThrowingCallable check, String why) {
        assertThatThrownBy(check)
                .hasMessageContaining(why)
                .hasMessageEndingWith(".")
                .asInstanceOf(type(YadoException.class))
                .returns(ErrorCode.IMAGE_INVALID, YadoException::code);
    }
}
