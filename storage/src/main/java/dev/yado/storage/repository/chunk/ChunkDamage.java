package dev.yado.storage.repository.chunk;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;

/** A chunk is not what its name stands for, or is not there. */
public final class ChunkDamage extends YadoException {
    private static final long serialVersionUID = 1L;
    private final transient Locator chunk;
    private final String why;

    public ChunkDamage(Locator chunk, String why) {
        super(
                ErrorCode.BACKUP_DAMAGED,
                "Chunk " + chunk.id() + " in pack " + chunk.pack() + " at " + chunk.offset() + " " + why + ".");
        this.chunk = chunk;
        this.why = why;
    }

    public Locator chunk() {
        return chunk;
    }

    /** A part of a sentence, such as "is cut off". */
    public String why() {
        return why;
    }
}
