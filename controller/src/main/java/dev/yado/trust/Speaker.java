package dev.yado.trust;

import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.Machine;
import jakarta.servlet.http.HttpServletRequest;
import java.security.cert.X509Certificate;

/**
 * The machine that makes an internal call, proven by its certificate.
 *
 * @param name that it joined under
 */
public record Speaker(Machine machine, String name) {
    private static final String ATTRIBUTE = Speaker.class.getName();

    static Speaker of(Machine machine, X509Certificate certificate) {
        return new Speaker(machine, Identity.nameIn(certificate));
    }

    void in(HttpServletRequest request) {
        request.setAttribute(ATTRIBUTE, this);
    }

    /** @throws IllegalStateException for a call that is not internal */
    public static Speaker of(HttpServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof Speaker speaker) {
            return speaker;
        }
        throw new IllegalStateException(request.getServletPath() + " is not a call of machines");
    }
}
