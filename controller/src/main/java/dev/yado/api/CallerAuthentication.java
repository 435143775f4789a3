package dev.yado.api;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/** A call whose token is known. It holds the caller, never the token. */
final class CallerAuthentication extends AbstractAuthenticationToken {
    private static final long serialVersionUID = 1L;
    /** For what the framework itself shows to some only, such as the details of health. */
    private static final List<GrantedAuthority> ADMINISTRATOR =
            List.of(new SimpleGrantedAuthority("ROLE_ADMINISTRATOR"));

    private final transient Caller caller;

    CallerAuthentication(Caller caller) {
        super(caller.isAdministrator() ? ADMINISTRATOR : List.of());
        this.caller = caller;
        setAuthenticated(true);
    }

    @Override
    public Caller getPrincipal() {
        return caller;
    }

    @Override
    public String getCredentials() {
        return "";
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CallerAuthentication that && caller.equals(that.caller);
    }

    @Override
    public int hashCode() {
        return caller.hashCode();
    }
}
