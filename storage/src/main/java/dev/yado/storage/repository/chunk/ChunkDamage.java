package dev.yado.storage.repository.chunk;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;

/** A chunk is not what its name stands for, or is not there. */
public final class ChunkDamage extends YadoException {
    private static final long serialVersionUID = 1L;
    private final transient Locator chunk;
    private final String why;
    private final boolean gone;

    public ChunkDamage(Locator chunk, String why) {
        this(chunk, why, false);
    }

    /** There is no such pack, which is no harm when the chunk is elsewhere: then it was moved. */
    public static ChunkDamage gone(Locator chunk) {
        return new ChunkDamage(chunk, "is gone with its pack", true);
    }

    private ChunkDamage(Locator chunk, String why, boolean gone) {
        super(
                ErrorCode.BACKUP_DAMAGED,
                "Chunk " + chunk.id() + " in pack " + chunk.pack() + " at " + chunk.offset() + " " + why + ".");
        this.chunk = chunk;
        this.why = why;
        this.gone = gone;
    }

    public Locator chunk() {
        return chunk;
    }

    public boolean gone() {
        return gone;
    }

    /** A part of a sentence, such as "is cut off". */
    public String why() {
        return why;
    }
}
