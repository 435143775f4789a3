package dev.yado.protocol.network;

import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;

/** Packets to {@code destination} go to {@code nextHop}. */
public record StaticRoute(Cidr destination, Ip nextHop) {}
