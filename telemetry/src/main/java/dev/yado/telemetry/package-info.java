/**
 * Owns what logs and traces of controller and daemon have in common: the keys of log lines, the trace that a thread works in, the
 * way of spans to an OpenTelemetry collector. Promises to cost next to nothing, and to load nothing, where no collector is set.
 * Hides OpenTelemetry.
 */
@NullMarked
package dev.yado.telemetry;

import org.jspecify.annotations.NullMarked;
