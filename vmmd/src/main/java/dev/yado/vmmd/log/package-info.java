/**
 * Owns what the daemon's log looks like: one line per event on standard error, as text or as JSON (ECS, as the controller's), with
 * the keys of {@link dev.yado.telemetry.LogKey}. Promises that a line is whole. Hides java.util.logging, which the JDK's HTTP
 * server loads anyway.
 */
@NullMarked
package dev.yado.vmmd.log;

import org.jspecify.annotations.NullMarked;
