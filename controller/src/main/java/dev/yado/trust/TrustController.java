package dev.yado.trust;

import dev.yado.api.CurrentCaller;
import dev.yado.api.Idempotency;
import dev.yado.api.generated.TrustApi;
import dev.yado.api.generated.model.HostJoinToken;
import dev.yado.api.generated.model.HostJoinTokenCreate;
import dev.yado.protocol.trust.Machine.Role;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class TrustController implements TrustApi {
    private static final int DEFAULT_TTL_SECONDS = 3600;
    private final JoinTokens tokens;
    private final Machines machines;
    private final CurrentCaller caller;

    TrustController(JoinTokens tokens, Machines machines, CurrentCaller caller) {
        this.tokens = tokens;
        this.machines = machines;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<HostJoinToken> createHostJoinToken(HostJoinTokenCreate body) {
        Idempotency.answerHoldsSecret();
        JoinTokens.Made made = tokens.create(
                caller.get(),
                new JoinTokens.Wanted(
                        body.getKind() == null
                                ? Role.HOST
                                : Role.valueOf(body.getKind().name()),
                        body.getName(),
                        Duration.ofSeconds(body.getTtlSeconds() == null ? DEFAULT_TTL_SECONDS : body.getTtlSeconds()),
                        body.getRenews(),
                        body.getReplaces()));
        return ResponseEntity.status(HttpStatus.CREATED)
                .body(new HostJoinToken(
                        made.id(),
                        made.token().reveal(),
                        made.caHash().text(),
                        made.controller().toString(),
                        made.expiresAt().atOffset(ZoneOffset.UTC),
                        made.command()));
    }

    @Override
    public ResponseEntity<Void> revokeHost(UUID hostId) {
        machines.revoke(caller.get(), hostId);
        return ResponseEntity.noContent().build();
    }
}
