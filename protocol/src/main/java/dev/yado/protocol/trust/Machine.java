package dev.yado.protocol.trust;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** Who a certificate speaks for. Written in it as the only subject alternative name: {@code urn:yado:host:<uuid>}. */
public record Machine(Role role, UUID id) {
    private static final String PREFIX = "urn:yado:";
    private static final int URI_NAME = 6;

    public enum Role {
        /** Runs guests; speaks for itself alone. */
        HOST,
        /** Commands hosts. */
        CONTROLLER,
        /** Speaks for the simulated hosts that it made. */
        SIMULATOR;

        /** Commands go from controllers to the others and reports the other way. */
        public boolean talksTo(Role other) {
            return (this == CONTROLLER) != (other == CONTROLLER);
        }

        /** Besides controllers, a host hears other hosts: one that a guest comes from says when. */
        public boolean hears(Role other) {
            return talksTo(other) || (this == HOST && other == HOST);
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public String urn() {
        return PREFIX + role.word() + ":" + id;
    }

    /** @throws CertificateException unless the certificate names exactly one machine and nothing else */
    public static Machine of(X509Certificate certificate) throws CertificateException {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        if (names == null || names.size() != 1) {
            throw new CertificateException("the certificate does not name exactly one machine");
        }
        List<?> name = names.iterator().next();
        if (!name.getFirst().equals(URI_NAME) || !(name.get(1) instanceof String urn)) {
            throw new CertificateException("the certificate names something that is no machine");
        }
        return parse(urn);
    }

    private static Machine parse(String urn) throws CertificateException {
        for (Role role : Role.values()) {
            String prefix = PREFIX + role.word() + ":";
            if (urn.startsWith(prefix)) {
                try {
                    Machine machine = new Machine(role, UUID.fromString(urn.substring(prefix.length())));
                    if (machine.urn().equals(urn)) {
                        return machine;
                    }
                } catch (IllegalArgumentException noUuid) {
                    throw new CertificateException("the certificate names a machine without an id: " + urn, noUuid);
                }
            }
        }
        throw new CertificateException("the certificate names no machine of Yado: " + urn);
    }

    /** As in "host 0198...". */
    @Override
    public String toString() {
        return role.word() + " " + id;
    }
}
