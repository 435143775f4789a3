package dev.yado.kernel.sys;

/** The general registers a small guest needs; all others are zero when set. */
public record Registers(long rax, long rcx, long rsp, long rip) {}
