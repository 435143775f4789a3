package dev.yado.cli.text;

/** An amount of memory as it is given on the command line. */
public record Mebibytes(long value) {}
