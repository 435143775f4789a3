/**
 * Owns how machines prove to each other who they are: certificates, TLS contexts that rotate, joining and renewal. Promises that a
 * key never leaves its machine and that no token is sent to a controller whose CA is not the expected one. Hides JSSE and DER.
 */
@NullMarked
package dev.yado.protocol.trust;

import org.jspecify.annotations.NullMarked;
