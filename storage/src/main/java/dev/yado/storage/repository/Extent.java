package dev.yado.storage.repository;

/** @param data false: there are only zeroes */
public record Extent(long offset, long length, boolean data) {}
