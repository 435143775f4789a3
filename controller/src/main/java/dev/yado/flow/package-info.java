/**
 * What the system can do, one operation per file: each a table of contents of steps. The only place that strings verbs of other
 * packages together, and with {@code reconcile} the only one that calls hosts.
 */
@NullMarked
package dev.yado.flow;

import org.jspecify.annotations.NullMarked;
