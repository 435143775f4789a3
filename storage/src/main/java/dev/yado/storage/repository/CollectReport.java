package dev.yado.storage.repository;

import org.jspecify.annotations.Nullable;

/**
 * What a collection did.
 *
 * @param condemnedPacks that no backup needs and that a later collection deletes
 * @param deletedPacks that are gone
 * @param deletedBytes that they had
 * @param waitsFor why nothing was deleted that could be, for people; null: everything was
 */
public record CollectReport(
        int condemnedPacks,
        int deletedPacks,
        long deletedBytes,
        @Nullable String waitsFor) {}
