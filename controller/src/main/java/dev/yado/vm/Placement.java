package dev.yado.vm;

import dev.yado.protocol.HostId;
import java.time.Duration;

/**
 * Where a VM is.
 *
 * @param alive the host's lease has not ended
 * @param silence since the host's last report
 */
public record Placement(HostId host, boolean alive, Duration silence) {}
