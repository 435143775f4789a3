package dev.yado.trust;

import java.net.InetAddress;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where hosts reach the controller.
 *
 * @param port 0 takes any free one
 * @param advertise what new hosts are told to call; default: address and port
 */
@ConfigurationProperties("yado.internal")
record InternalSettings(
        @DefaultValue("127.0.0.1") InetAddress address,
        @DefaultValue("8421") int port,
        @Nullable URI advertise) {}
