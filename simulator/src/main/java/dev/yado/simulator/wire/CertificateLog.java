package dev.yado.simulator.wire;

import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.Renewal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

final class CertificateLog implements Renewal.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateLog.class);

    @Override
    public void replaced(Identity identity) {
        LOG.info("the simulator has a new certificate until {}", identity.expiresAt());
    }

    @Override
    public void failed(Identity still, String why) {
        LOG.warn("the certificate, valid until {}, is not renewed: {}", still.expiresAt(), why);
    }
}
