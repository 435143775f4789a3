/**
 * Owns what a network serves its guests: addresses and names (dnsmasq), the metadata service, and the seed disk.
 * Promises that a guest is told of itself only, whatever it sends, and that dnsmasq outlives the daemon and is taken back.
 * Hides files, processes, paths and formats. Who a guest is comes from {@link dev.yado.network.service.Guests}.
 */
@NullMarked
package dev.yado.network.service;

import org.jspecify.annotations.NullMarked;
