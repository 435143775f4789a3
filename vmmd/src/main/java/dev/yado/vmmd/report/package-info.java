/**
 * Owns what the host tells the controller and what it fetches from it. Promises that every change arrives, at the latest with the
 * next full report, and that no VM waits for a controller. Hides replicas, retries and HTTP.
 */
@NullMarked
package dev.yado.vmmd.report;

import org.jspecify.annotations.NullMarked;
