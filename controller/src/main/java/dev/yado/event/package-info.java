/**
 * Owns what happened and who watches it. Promises every watcher all events of its tenant, each once, in one order, also over broken
 * connections and several replicas. Hides the table and its order; that the events are written is the database's work (V007).
 */
@NullMarked
package dev.yado.event;

import org.jspecify.annotations.NullMarked;
