package dev.yado.protocol.network;

/** Packets to {@code destination} go to {@code nextHop}. */
public record StaticRoute(Cidr destination, Ip nextHop) {}
