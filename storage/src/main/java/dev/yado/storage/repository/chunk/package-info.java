/**
 * Owns chunks: how they are named by their content, compressed, encrypted and packed, and the table of where each lies.
 * Promises that what {@link dev.yado.storage.repository.chunk.ChunkCodec} gives back is byte by byte what the name stands for.
 * Hides zstd and the ciphers; the layout is in docs/backup-format.md.
 */
@NullMarked
package dev.yado.storage.repository.chunk;

import org.jspecify.annotations.NullMarked;
