/**
 * Owns VMs: what their owners want, what hosts report, and the state that follows from both. Promises: a change of what is wanted
 * and the operation that carries it out are one transaction; nothing transitional is stored. Hides rows and SQL.
 */
@NullMarked
package dev.yado.vm;

import org.jspecify.annotations.NullMarked;
