package dev.yado.storage.partition;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Tables as the formats say, and whatever else a guest may write. */
class PartitionTableProperties {
    private static final int SECTORS = 4096;

    private final ByteBuffer disk = ByteBuffer.allocate(SECTORS * 512).order(ByteOrder.LITTLE_ENDIAN);

    private List<Partition> read() throws IOException {
        return PartitionTable.read(new PartitionTable.Disk() {
            @Override
            public long sizeBytes() {
                return disk.capacity();
            }

            @Override
            public void read(long offset, ByteBuffer to) {
                int length = to.remaining();
                to.put(disk.slice(Math.toIntExact(offset), length));
            }
        });
    }

    private void signature(int sector) {
        disk.putShort(sector * 512 + 510, (short) 0xAA55);
    }

    private void entry(int sector, int number, int type, int first, int count) {
        int at = sector * 512 + 446 + number * 16;
        disk.put(at + 4, (byte) type).putInt(at + 8, first).putInt(at + 12, count);
    }

    private void gptEntry(int number, long first, long last) {
        int at = 2 * 512 + (number - 1) * 128;
        disk.putLong(at, 0x11L).putLong(at + 32, first).putLong(at + 40, last);
    }

    private void gpt() {
        signature(0);
        entry(0, 0, 0xEE, 1, SECTORS - 1);
        byte[] magic = "EFI PART".getBytes(StandardCharsets.ISO_8859_1);
        disk.put(512, magic).putLong(512 + 72, 2).putInt(512 + 80, 128).putInt(512 + 84, 128);
    }

    @Example
    void primaryOnesAndLogicalOnesThatAreChained() throws IOException {
        signature(0);
        entry(0, 0, 0x83, 64, 100);
        entry(0, 1, 0x05, 1000, 2000);
        signature(1000);
        entry(1000, 0, 0x83, 8, 200);
        entry(1000, 1, 0x05, 500, 300);
        signature(1500);
        entry(1500, 0, 0x83, 8, 100);

        assertThat(read())
                .containsExactly(
                        new Partition(1, 64 * 512, 100 * 512),
                        new Partition(5, 1008 * 512, 200 * 512),
                        new Partition(6, 1508 * 512, 100 * 512));
    }

    @Example
    void thoseOfGptByTheirNumbers() throws IOException {
        gpt();
        gptEntry(1, 40, 99);
        gptEntry(3, 100, 3999);

        assertThat(read())
                .containsExactly(new Partition(1, 40 * 512, 60 * 512), new Partition(3, 100 * 512, 3900 * 512));
    }

    @Example
    void aChainThatLeadsBackEnds() throws IOException {
        signature(0);
        entry(0, 0, 0x05, 1000, 2000);
        signature(1000);
        entry(1000, 0, 0x83, 8, 200);
        entry(1000, 1, 0x05, 500, 300);
        signature(1500);
        entry(1500, 1, 0x05, 500, 300);

        assertThat(read()).containsExactly(new Partition(5, 1008 * 512, 200 * 512));
    }

    @Example
    void aFileSystemsBootSectorIsNoTable() throws IOException {
        signature(0);
        new Random(7).ints(16 * 4, 1, 127).forEach(new java.util.function.IntConsumer() {
            private int at = 446;

            @Override
            public void accept(int code) {
                disk.put(at++, (byte) code);
            }
        });

        assertThat(read()).isEmpty();
    }

    @Property(tries = 2000)
    void whateverIsThereEndsWithinTheDisk(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int everyOf, @ForAll boolean withGpt)
            throws IOException {
        Random random = new Random(seed);
        if (withGpt) {
            gpt();
        }
        for (int at = withGpt ? 512 + 72 : 446; at < 4 * 512; at++) {
            if (random.nextInt(everyOf) == 0) {
                disk.put(at, (byte) random.nextInt());
            }
        }
        signature(0);

        for (Partition each : read()) {
            assertThat(each.offset()).isPositive();
            assertThat(each.length()).isPositive();
            assertThat(each.offset() + each.length()).isLessThanOrEqualTo(disk.capacity());
        }
    }
}
