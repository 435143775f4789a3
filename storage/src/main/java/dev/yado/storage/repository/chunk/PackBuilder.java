package dev.yado.storage.repository.chunk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A pack that is being filled. For one thread at a time. */
public final class PackBuilder {
    private final PackId pack = PackId.random();
    private final ByteBuffer content;
    private final List<Locator> chunks = new ArrayList<>();

    /** @param content gets the pack; what it had is overwritten */
    public PackBuilder(ByteBuffer content) {
        this.content = content.clear().put(PackTable.BEGIN);
    }

    /** What it was given. */
    public ByteBuffer content() {
        return content;
    }

    public boolean isEmpty() {
        return chunks.isEmpty();
    }

    /** Whether so many bytes more and the table would fit. */
    public boolean fits(int bytes) {
        long table = (chunks.size() + 1L) * PackTable.ENTRY_BYTES + PackTable.TRAILER_BYTES;
        return content.remaining() >= bytes + table;
    }

    public Locator add(ChunkId id, int plain, ByteBuffer stored) {
        Locator chunk = new Locator(id, pack, content.position(), stored.remaining(), plain);
        content.put(stored);
        chunks.add(chunk);
        return chunk;
    }

    /** @param content the whole pack, ready to be written */
    public record Packed(PackTable table, ByteBuffer content) {}

    /** Nothing can be added after it. */
    public Packed finish() {
        int begin = content.position();
        for (Locator each : chunks) {
            PackTable.writeEntry(each, content);
        }
        byte[] digest = PackTable.sha256(content.duplicate().flip().position(begin));
        content.putInt(chunks.size()).put(digest).put(PackTable.END).flip();
        return new Packed(new PackTable(pack, content.remaining(), chunks), content);
    }
}
