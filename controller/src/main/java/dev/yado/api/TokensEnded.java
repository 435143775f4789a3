package dev.yado.api;

/** Tokens have been ended by this controller: published in the transaction that does it, or after its statement where there is none. */
public record TokensEnded() {}
