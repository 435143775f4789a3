package dev.yado.protocol.address;

/** An address of an interface and the length of the subnet that is directly behind it. */
public record Interface(Ip address, int prefix) {}
