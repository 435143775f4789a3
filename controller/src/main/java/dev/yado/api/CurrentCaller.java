package dev.yado.api;

import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;

/** Tells a REST controller who makes the call that its thread serves. */
@Component
public final class CurrentCaller {

    /** @throws IllegalStateException outside of a call that a token authenticated */
    public Caller get() {
        if (SecurityContextHolder.getContext().getAuthentication() instanceof CallerAuthentication authentication) {
            return authentication.getPrincipal();
        }
        throw new IllegalStateException("no caller: this thread serves no authenticated call");
    }
}
