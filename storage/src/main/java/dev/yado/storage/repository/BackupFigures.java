package dev.yado.storage.repository;

/**
 * What a backup cost.
 *
 * @param readBytes that were given to its writer
 * @param storedBytes that were added to the repository, compressed, without its tables
 * @param newChunks that were stored
 * @param reusedChunks that were written but had been there already
 */
public record BackupFigures(long readBytes, long storedBytes, long newChunks, long reusedChunks) {}
