package dev.yado.storage.partition;

/** @param number as Linux counts them: logical ones from 5 on */
public record Partition(int number, long offset, long length) {}
