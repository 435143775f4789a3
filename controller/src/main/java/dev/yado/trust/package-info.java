/**
 * Owns the trust between machines: the CA, join tokens, certificates, revocation, the internal port and calls to machines. Promises
 * that a machine speaks only for itself and that each call, both ways, is made with two valid certificates. Hides TLS,
 * BouncyCastle and the second connector. Knows no host's capacity and no VM.
 */
@NullMarked
package dev.yado.trust;

import org.jspecify.annotations.NullMarked;
