package dev.yado.kernel;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Another process's memory, to be looked into page by page while it runs. Nothing is written, and no page is given to the process
 * that it had not touched. Used by one thread.
 */
public final class ProcessMemory implements Closeable {
    public static final int PAGE_BYTES = 4096;
    private static final long PRESENT = 1L << 63;
    private static final long SWAPPED = 1L << 62;

    private final Path maps;
    private final FileChannel pages;
    private final FileChannel content;
    private final ByteBuffer entry = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());

    /** Writable memory without a name in the file system, or shared with others. */
    public record Region(long start, long bytes) {}

    public enum Backing {
        /** Never touched: it reads as zeroes. */
        NONE,
        RAM,
        /** Reading it would bring it back. */
        SWAP
    }

    private ProcessMemory(Path maps, FileChannel pages, FileChannel content) {
        this.maps = maps;
        this.pages = pages;
        this.content = content;
    }

    /** @throws IOException when it is gone or not ours to look into */
    public static ProcessMemory open(long pid) throws IOException {
        Path directory = Path.of("/proc", Long.toString(pid));
        FileChannel pages = FileChannel.open(directory.resolve("pagemap"), StandardOpenOption.READ);
        try {
            FileChannel content = FileChannel.open(directory.resolve("mem"), StandardOpenOption.READ);
            return new ProcessMemory(directory.resolve("maps"), pages, content);
        } catch (IOException | RuntimeException e) {
            pages.close();
            throw e;
        }
    }

    /** The largest writable regions, the largest first, as many as it takes to have so many bytes. */
    public List<Region> largest(long bytes) throws IOException {
        List<Region> writable = new ArrayList<>();
        for (String line : Files.readAllLines(maps)) {
            String[] words = line.split(" ", 3);
            if (words.length > 1 && words[1].startsWith("rw")) {
                int dash = words[0].indexOf('-');
                long start = Long.parseUnsignedLong(words[0].substring(0, dash), 16);
                writable.add(new Region(start, Long.parseUnsignedLong(words[0].substring(dash + 1), 16) - start));
            }
        }
        writable.sort(Comparator.comparingLong(Region::bytes).reversed());
        List<Region> enough = new ArrayList<>();
        long sum = 0;
        for (Region region : writable) {
            if (sum >= bytes) {
                break;
            }
            enough.add(region);
            sum += region.bytes();
        }
        return enough;
    }

    public Backing backing(long address) throws IOException {
        entry.clear();
        if (pages.read(entry, address / PAGE_BYTES * Long.BYTES) != Long.BYTES) {
            throw new EOFException("the kernel says nothing of page " + Long.toHexString(address));
        }
        long flags = entry.getLong(0);
        if ((flags & PRESENT) != 0) {
            return Backing.RAM;
        }
        return (flags & SWAPPED) != 0 ? Backing.SWAP : Backing.NONE;
    }

    /** @param into its size says how much; best a direct one. Ready to be read when this returns */
    public void read(long address, ByteBuffer into) throws IOException {
        into.clear();
        while (into.hasRemaining()) {
            if (content.read(into, address + into.position()) <= 0) {
                throw new EOFException("page " + Long.toHexString(address) + " is not there any more");
            }
        }
        into.flip();
    }

    @Override
    public void close() throws IOException {
        pages.close();
        content.close();
    }
}
