package dev.yado.storage.repository.store;

import java.time.Instant;

/** @param modified by the store's clock, which all who use it share */
public record StoredObject(String name, long bytes, Instant modified) {}
