/**
 * Commands for networks, subnets, network cards and security groups, and the trace of a packet. Hides how things are found by what
 * people type.
 */
@NullMarked
package dev.yado.cli.network;

import org.jspecify.annotations.NullMarked;
