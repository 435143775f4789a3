/**
 * Owns networks, subnets, addresses, network cards and security groups, and what each host has acknowledged of them. Promises: constraints
 * decide who has an address; a network's generation grows in the transaction of each change that hosts are told of; a host is told
 * from one snapshot. Hides rows and SQL; calls no host.
 */
@NullMarked
package dev.yado.network;

import org.jspecify.annotations.NullMarked;
