package dev.yado.vmmd.move;

import dev.yado.kernel.ProcessMemory;
import dev.yado.kernel.ProcessMemory.Region;
import dev.yado.vmmd.move.ladder.Writing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * Looks at some pages of a guest's memory, again and again for a second: how many are not zeroes, and how many are not any more what
 * they were. QEMU is not asked and the guest does not notice. {@code calc-dirty-rate} would do the latter, but for whole seconds only,
 * in which a guest has written to all pages that it ever writes to.
 */
final class PageSampling {
    private static final int MOST_SAMPLES = 16 << 10;
    private static final List<Duration> LOOKS =
            List.of(Duration.ofMillis(60), Duration.ofMillis(250), Duration.ofSeconds(1));
    private static final long ZEROES = 0;
    /** Reading it would bring it back into memory. */
    private static final long SWAPPED = 1;

    private final ProcessMemory memory;
    private final long[] addresses;
    private final long bytes;
    private final ByteBuffer page = ByteBuffer.allocateDirect(ProcessMemory.PAGE_BYTES);
    private final ByteBuffer zeroes = ByteBuffer.allocateDirect(ProcessMemory.PAGE_BYTES);
    private final CRC32C digest = new CRC32C();

    /** @param full pages that are not zeroes */
    record Sight(long full, Writing writing) {}

    private PageSampling(ProcessMemory memory, long bytes) throws IOException {
        this.memory = memory;
        this.bytes = bytes;
        this.addresses = addresses(memory.largest(bytes), bytes);
    }

    /**
     * @param pid of its process
     * @param bytes that the guest has
     * @param runs false for one that is held: then once is enough
     * @throws IOException when it cannot be looked at
     */
    static Sight look(long pid, long bytes, boolean runs) throws IOException, InterruptedException {
        try (ProcessMemory memory = ProcessMemory.open(pid)) {
            return new PageSampling(memory, bytes).look(runs);
        }
    }

    private Sight look(boolean runs) throws IOException, InterruptedException {
        long began = System.nanoTime();
        long[] first = new long[addresses.length];
        int full = 0;
        for (int i = 0; i < first.length; i++) {
            first[i] = content(addresses[i]);
            full += first[i] == ZEROES ? 0 : 1;
        }
        Writing writing = runs && first.length > 0 ? Writing.of(writes(first, began), bytes) : Writing.NONE;
        return new Sight(Math.round(pages() * part(full)), writing);
    }

    /** Each page is looked at as long after as every other: the looks go through them in the same order. */
    private List<Writing.Seen> writes(long[] first, long began) throws IOException, InterruptedException {
        List<Writing.Seen> seen = new ArrayList<>();
        BitSet changed = new BitSet(first.length);
        for (Duration look : LOOKS) {
            Thread.sleep(Duration.ofNanos(Math.max(0, began + look.toNanos() - System.nanoTime())));
            long at = System.nanoTime();
            for (int i = 0; i < first.length; i++) {
                if (!changed.get(i) && content(addresses[i]) != first[i]) {
                    changed.set(i);
                }
            }
            seen.add(new Writing.Seen((at - began) / 1e9, bytes * part(changed.cardinality())));
        }
        return seen;
    }

    private double part(int samples) {
        return addresses.length == 0 ? 0 : (double) samples / addresses.length;
    }

    private double pages() {
        return (double) bytes / ProcessMemory.PAGE_BYTES;
    }

    private long content(long address) throws IOException {
        return switch (memory.backing(address)) {
            case NONE -> ZEROES;
            case SWAP -> SWAPPED;
            case RAM -> {
                memory.read(address, page);
                zeroes.clear();
                if (page.equals(zeroes)) {
                    yield ZEROES;
                }
                digest.reset();
                digest.update(page);
                yield 2 + digest.getValue();
            }
        };
    }

    /** One out of each of so many equal parts, so that no large part is missed. */
    private static long[] addresses(List<Region> regions, long bytes) {
        long pages = bytes / ProcessMemory.PAGE_BYTES;
        int samples = (int) Math.min(MOST_SAMPLES, pages);
        long[] chosen = new long[samples];
        SplittableRandom random = new SplittableRandom(bytes);
        int count = 0;
        for (int i = 0; i < samples; i++) {
            long from = pages * i / samples;
            long page = from + random.nextLong(Math.max(1, pages * (i + 1) / samples - from));
            long at = page * ProcessMemory.PAGE_BYTES;
            for (Region region : regions) {
                if (at < region.bytes()) {
                    chosen[count++] = region.start() + at;
                    break;
                }
                at -= region.bytes();
            }
        }
        return Arrays.copyOf(chosen, count);
    }
}
