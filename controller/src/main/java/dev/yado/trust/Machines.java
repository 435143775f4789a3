package dev.yado.trust;

import dev.yado.api.AfterCommit;
import dev.yado.api.Caller;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.trust.IssuedCertificate;
import dev.yado.protocol.trust.JoinRequest;
import dev.yado.protocol.trust.Machine;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** The register of machines that may speak: joins, renewals, revocations, each one transaction. */
@Service
class Machines {
    private static final Logger LOG = LoggerFactory.getLogger(Machines.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    /** By then a host has renewed its certificate or has lost it. */
    private static final Duration LATECOMERS = Duration.ofDays(8);

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transactions;
    private final JoinTokens tokens;
    private final Certificates certificates;
    private final Revocations revocations;
    private final ReplacedHosts replaced;

    Machines(
            JdbcTemplate jdbc,
            TransactionTemplate transactions,
            JoinTokens tokens,
            Certificates certificates,
            Revocations revocations,
            ReplacedHosts replaced) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.tokens = tokens;
        this.certificates = certificates;
        this.revocations = revocations;
        this.replaced = replaced;
    }

    private record Known(UUID id, Machine.Role role, String name, boolean revoked) {}

    /** @throws YadoException {@code JOIN_REFUSED}, {@code CONFLICT} when the name is another machine's */
    IssuedCertificate join(JoinRequest request) {
        PublicKey key = SigningRequests.key(request.request());
        Machine machine = new Machine(request.role(), request.id());
        IssuedCertificate issued = Objects.requireNonNull(transactions.execute(_ -> {
            JoinTokens.Found token = tokens.take(request.token(), machine.id());
            if (token.role() != machine.role()) {
                throw JoinTokens.refused("the token is for a " + token.role() + ", not for a " + machine.role());
            }
            Known known = known("id", machine.id());
            String name = token.renews() == null
                    ? add(machine, request.name(), token, known)
                    : renewed(machine, token.renews(), known);
            UUID place = token.replaces();
            return certificates.issue(machine, name, key, place == null ? null : replaced.options(new HostId(place)));
        }));
        AfterCommit.run(revocations::reload);
        return issued;
    }

    private String renewed(Machine machine, UUID renews, @Nullable Known known) {
        if (known == null || !renews.equals(machine.id()) || known.role() != machine.role()) {
            throw JoinTokens.refused(
                    "the token renews machine " + renews + ", and this state directory is of " + machine);
        }
        jdbc.update("UPDATE machine SET revoked_at = NULL WHERE id = ?", machine.id());
        LOG.info("{} ({}) gets a new certificate for a token", known.name(), machine);
        return known.name();
    }

    private String add(Machine machine, String name, JoinTokens.Found token, @Nullable Known known) {
        if (known != null || isHost(machine.id())) {
            throw JoinTokens.refused(
                    machine + " has joined before: ask for a token with --renew to give it a new certificate");
        }
        if (!NAME.matcher(name).matches()) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "a machine's name is 1 to 63 letters, digits, dots, dashes and underscores, not " + name);
        }
        if (token.name() != null && !token.name().equals(name)) {
            throw JoinTokens.refused("the token is for the name " + token.name() + ", not for " + name);
        }
        Known namesake = known("name", name);
        if (namesake != null) {
            if (!namesake.id().equals(token.replaces())) {
                throw new YadoException(
                        ErrorCode.CONFLICT,
                        "another machine has the name " + name + " (" + namesake.id()
                                + "): choose another name, or ask for a token with --replace " + name);
            }
            stepAside(namesake);
        }
        jdbc.update(
                "INSERT INTO machine (id, role, name) VALUES (?, ?, ?)",
                machine.id(),
                machine.role().name(),
                name);
        LOG.info("{} has joined as {}", machine, name);
        return name;
    }

    private void stepAside(Known replacedOne) {
        String name =
                replacedOne.name() + "-replaced-" + replacedOne.id().toString().substring(24);
        certificates.revoke(replacedOne.id());
        jdbc.update("UPDATE machine SET name = ? WHERE id = ?", name, replacedOne.id());
        replaced.rename(new HostId(replacedOne.id()), name);
        LOG.info(
                "machine {} is replaced: it is {} from now on and its certificates are revoked",
                replacedOne.id(),
                name);
    }

    /** @throws YadoException {@code CERTIFICATE_REFUSED} when it is not registered or was revoked */
    IssuedCertificate renew(Speaker speaker, String request) {
        PublicKey key = SigningRequests.key(request);
        Machine machine = speaker.machine();
        return Objects.requireNonNull(transactions.execute(_ -> {
            Known known = known("id", machine.id());
            if (known == null && machine.role() != Machine.Role.CONTROLLER && joinedSinceTheBackup(speaker)) {
                known = known("id", machine.id());
            }
            if (known == null || known.revoked() || known.role() != machine.role()) {
                throw new YadoException(
                        ErrorCode.CERTIFICATE_REFUSED, machine + " is not registered or its certificates were revoked");
            }
            return certificates.issue(machine, known.name(), key, null);
        }));
    }

    /**
     * After a restore the register does not know who joined between the backup and the loss of the controller. That it did is proven by
     * its certificate, which only the CA of this cloud can have issued.
     *
     * @return whether it is registered now
     */
    private boolean joinedSinceTheBackup(Speaker speaker) {
        boolean added = jdbc.update(
                        """
                        INSERT INTO machine (id, role, name) SELECT ?, ?, ?
                        WHERE EXISTS (SELECT FROM controller_restore WHERE restored_at > now() - ? * interval '1 second')
                        ON CONFLICT DO NOTHING
                        """,
                        speaker.machine().id(),
                        speaker.machine().role().name(),
                        speaker.name(),
                        LATECOMERS.toSeconds())
                > 0;
        if (added) {
            LOG.info(
                    "{} ({}) joined after the backup that this controller was restored from",
                    speaker.name(),
                    speaker.machine());
        }
        return added;
    }

    /** At once in this replica, within {@link Revocations#FRESH} in the others. */
    void revoke(Caller caller, UUID id) {
        caller.requireAdministrator();
        transactions.executeWithoutResult(_ -> {
            if (known("id", id) == null) {
                throw new YadoException(
                        ErrorCode.NOT_FOUND,
                        isHost(id)
                                ? "host " + id + " is simulated and has no certificate of its own: revoke its simulator"
                                : "there is no host " + id);
            }
            certificates.revoke(id);
        });
        AfterCommit.run(revocations::reload);
        LOG.info("the certificates of machine {} are revoked", id);
    }

    private boolean isHost(UUID id) {
        return !jdbc.queryForList("SELECT 1 FROM host WHERE id = ?", Integer.class, id)
                .isEmpty();
    }

    private @Nullable Known known(String column, Object value) {
        return jdbc
                .query(
                        "SELECT id, role, name, revoked_at IS NOT NULL AS revoked FROM machine WHERE " + column
                                + " = ? FOR UPDATE",
                        (row, _) -> new Known(
                                row.getObject("id", UUID.class),
                                Machine.Role.valueOf(row.getString("role")),
                                row.getString("name"),
                                row.getBoolean("revoked")),
                        value)
                .stream()
                .findFirst()
                .orElse(null);
    }
}
