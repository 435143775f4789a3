package dev.yado.api;

import dev.yado.api.generated.model.Problem;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.YadoException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;

/** The SQL of {@code idempotency_key}. */
@Component
class IdempotencyRows {
    private final JdbcTemplate jdbc;

    IdempotencyRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** What is known of a key. */
    sealed interface Known {
        /** The same call has been answered. */
        record Answered(KeptAnswer answer) implements Known {}

        /** The key belongs to something else. */
        record Reused(String detail, @Nullable UUID operation) implements Known {
            Problem problem() {
                return Problems.of(ErrorCode.IDEMPOTENCY_KEY_REUSED, detail).operationId(operation);
            }
        }
    }

    /**
     * Takes the key in the present transaction; waits while another transaction holds it. From then on no lock is waited for longer
     * than that either.
     *
     * @return false when an earlier call has it
     * @throws YadoException {@code IDEMPOTENCY_KEY_IN_USE} when that one takes too long
     */
    boolean take(KeyedCall call) {
        try {
            return jdbc.update("""
                            WITH patience AS (SELECT set_config('lock_timeout', '10s', true))
                            INSERT INTO idempotency_key (scope, key, request_hash, request) SELECT ?, ?, ?, ? FROM patience
                            ON CONFLICT DO NOTHING
                            """, call.id().scope(), call.id().key(), call.hash(), call.words()) == 1;
        } catch (PessimisticLockingFailureException waited) {
            throw inUse(waited);
        }
    }

    /** Keeps the answer with what the call has changed, in its transaction. */
    void keep(KeyedCall call, KeptAnswer answer, boolean secret) {
        jdbc.update(
                "UPDATE idempotency_key SET status = ?, headers = ?::jsonb, body = ?, sealed = ?, operation_id = ? WHERE scope = ? AND key = ?",
                answer.status(),
                ProtocolJson.mapper().writeValueAsString(answer.headers()),
                (secret ? answer.seal(call) : answer).body(),
                secret,
                answer.operation(),
                call.id().scope(),
                call.id().key());
    }

    /** Empty for a key that nobody has used with success. */
    Optional<Known> find(KeyedCall call) {
        return jdbc
                .query(
                        """
                        SELECT request_hash, request, status, headers::text, body, sealed, operation_id FROM idempotency_key
                        WHERE scope = ? AND key = ? AND status IS NOT NULL
                        """,
                        (row, _) -> known(call, row),
                        call.id().scope(),
                        call.id().key())
                .stream()
                .findFirst();
    }

    private static Known known(KeyedCall call, ResultSet row) throws SQLException {
        UUID operation = row.getObject("operation_id", UUID.class);
        String first = row.getString("request") + (operation == null ? "" : ", operation " + operation);
        if (!Arrays.equals(call.hash(), row.getBytes("request_hash"))) {
            return new Known.Reused(
                    "the key " + Quoted.name(call.id().key()) + " was used before for another call: " + first,
                    operation);
        }
        KeptAnswer kept = new KeptAnswer(
                row.getInt("status"),
                ProtocolJson.mapper().readValue(row.getString("headers"), new TypeReference<Map<String, String>>() {}),
                row.getBytes("body"));
        return row.getBoolean("sealed")
                ? kept.open(call)
                        .<Known>map(Known.Answered::new)
                        .orElseGet(() -> new Known.Reused(
                                "the first answer holds a secret, which only the token that asked can have again: "
                                        + first,
                                operation))
                : new Known.Answered(kept);
    }

    static YadoException inUse(@Nullable Throwable cause) {
        String detail = "the first call with this key is still under way";
        return cause == null
                ? new YadoException(ErrorCode.IDEMPOTENCY_KEY_IN_USE, detail)
                : new YadoException(ErrorCode.IDEMPOTENCY_KEY_IN_USE, detail, cause);
    }
}
