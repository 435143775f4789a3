package dev.yado.trust;

import dev.yado.api.Caller;
import dev.yado.api.Token;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.trust.CaHash;
import dev.yado.protocol.trust.Machine.Role;
import java.net.URI;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** Tokens that let one machine join, once. The database has only their hashes. */
@Service
class JoinTokens {
    static final Duration LONGEST = Duration.ofDays(7);
    private final JdbcTemplate jdbc;
    private final CertificateAuthority ca;
    private final InternalSettings settings;
    private final InternalConnector connector;

    JoinTokens(JdbcTemplate jdbc, CertificateAuthority ca, InternalSettings settings, InternalConnector connector) {
        this.jdbc = jdbc;
        this.ca = ca;
        this.settings = settings;
        this.connector = connector;
    }

    /**
     * @param name the only one that it lets join; null for any
     * @param renews the machine that it gives a new certificate, keeping its id
     * @param replaces the machine whose name it passes on to a new one
     */
    record Wanted(
            Role role,
            @Nullable String name,
            Duration lifetime,
            @Nullable UUID renews,
            @Nullable UUID replaces) {}

    record Made(UUID id, Token token, CaHash caHash, URI controller, Instant expiresAt, Wanted wanted) {

        /** What the operator runs on the machine; the token goes by standard input. */
        String command() {
            String state = wanted.role() == Role.SIMULATOR ? "DIR" : "/var/lib/yado-host";
            return (wanted.role() == Role.SIMULATOR ? "simulator" : "vmmd") + " join --controller " + controller
                    + " --ca-hash " + caHash + " --state " + state
                    + (wanted.name() == null ? "" : " --name " + wanted.name())
                    + (wanted.renews() == null ? "" : " --renew") + " --token-file -";
        }
    }

    Made create(Caller caller, Wanted wanted) {
        caller.requireAdministrator();
        if (wanted.renews() != null && (wanted.replaces() != null || wanted.name() != null)) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "a token that renews a machine leaves its name alone: it goes without name and replaces");
        }
        requireMachine(wanted.renews());
        requireMachine(wanted.replaces());
        Token token = Token.random();
        UUID id = UuidV7.next();
        Instant expiresAt = jdbc.queryForObject(
                """
                INSERT INTO join_token (id, hash, role, name, renews, replaces, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, now() + ? * interval '1 second') RETURNING expires_at
                """,
                (row, _) -> row.getTimestamp(1).toInstant(),
                id,
                token.hash(),
                wanted.role().name(),
                wanted.name(),
                wanted.renews(),
                wanted.replaces(),
                wanted.lifetime().toSeconds());
        return new Made(id, token, CaHash.of(ca.certificate()), controller(), expiresAt, wanted);
    }

    private void requireMachine(@Nullable UUID id) {
        if (id != null
                && jdbc.queryForList("SELECT 1 FROM machine WHERE id = ?", Integer.class, id)
                        .isEmpty()) {
            throw new YadoException(ErrorCode.NOT_FOUND, "there is no host " + id + " that has joined");
        }
    }

    private URI controller() {
        if (settings.advertise() != null) {
            return settings.advertise();
        }
        String host = settings.address().getHostAddress();
        return URI.create("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + connector.port());
    }

    record Found(
            UUID id,
            Role role,
            @Nullable String name,
            @Nullable UUID renews,
            @Nullable UUID replaces) {}

    /**
     * Takes the token in the caller's transaction: it is used when that commits and as before when it does not.
     *
     * @throws YadoException {@code JOIN_REFUSED} with what is wrong with it
     */
    Found take(String text, UUID machine) {
        Token token = Token.parse(text).orElseThrow(() -> refused("this does not have the form of a token"));
        record State(Found found, boolean expired, @Nullable UUID usedBy) {}
        List<State> states = jdbc.query(
                """
                SELECT id, role, name, renews, replaces, expires_at <= now() AS expired, used_by FROM join_token
                WHERE hash = ? FOR UPDATE
                """,
                (row, _) -> new State(
                        new Found(
                                row.getObject("id", UUID.class),
                                Role.valueOf(row.getString("role")),
                                row.getString("name"),
                                row.getObject("renews", UUID.class),
                                row.getObject("replaces", UUID.class)),
                        row.getBoolean("expired"),
                        row.getObject("used_by", UUID.class)),
                (Object) token.hash());
        if (states.isEmpty()) {
            throw refused("the token is unknown");
        }
        State state = states.getFirst();
        if (state.usedBy() != null) {
            throw refused("the token was used by machine " + state.usedBy()
                    + "; if that was this one and the answer was lost," + " make a token with --renew");
        }
        if (state.expired()) {
            throw refused("the token has expired");
        }
        jdbc.update(
                "UPDATE join_token SET used_at = ?, used_by = ? WHERE id = ?",
                Timestamp.from(Instant.now()),
                machine,
                state.found().id());
        return state.found();
    }

    static YadoException refused(String why) {
        return new YadoException(ErrorCode.JOIN_REFUSED, why);
    }
}
