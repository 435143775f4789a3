/**
 * Owns the answer to "why is this VM as it is": one chain of causes over controller, daemon and QEMU. Promises an answer within
 * seconds, also when the host gives none, and to a tenant nothing of hosts' insides. Hides where each fact comes from.
 */
@NullMarked
package dev.yado.why;

import org.jspecify.annotations.NullMarked;
