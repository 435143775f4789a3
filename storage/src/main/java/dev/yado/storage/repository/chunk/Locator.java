package dev.yado.storage.repository.chunk;

/**
 * Where a chunk lies.
 *
 * @param offset in the pack
 * @param stored bytes there
 * @param plain bytes that it has; never 0
 */
public record Locator(ChunkId id, PackId pack, int offset, int stored, int plain) {}
