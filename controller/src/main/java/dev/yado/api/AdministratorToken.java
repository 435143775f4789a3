package dev.yado.api;

import dev.yado.protocol.UuidV7;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The administrator's token is the one in its file: made at the first start, installed at every start before the first call is
 * served. Another token in the file ends the one before.
 */
@Component
final class AdministratorToken implements SmartInitializingSingleton {
    private static final Logger LOG = LoggerFactory.getLogger(AdministratorToken.class);
    private static final String NAME = "administrator";
    private final JdbcClient jdbc;
    private final SecretFile file;

    AdministratorToken(JdbcClient jdbc, Settings settings) {
        this.jdbc = jdbc;
        this.file = new SecretFile(settings.adminToken());
    }

    @Override
    public void afterSingletonsInstantiated() {
        Token token = readOrMake();
        jdbc.sql("""
                INSERT INTO token (id, tenant_id, name, hash) VALUES (:id, NULL, :name, :hash)
                ON CONFLICT (tenant_id, name) DO UPDATE SET hash = excluded.hash, created_at = now()
                WHERE token.hash <> excluded.hash
                """)
                .param("id", UuidV7.next())
                .param("name", NAME)
                .param("hash", token.hash())
                .update();
    }

    private Token readOrMake() {
        try {
            String text = file.readOrMake(() -> {
                LOG.info("making the administrator's token in {}", file.path());
                return Token.random().reveal();
            });
            return Token.parse(text)
                    .orElseThrow(() -> new IllegalStateException(
                            file.path() + " does not hold a token: remove it and a new one is made at the next start"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read or write the administrator's token in " + file.path(), e);
        }
    }
}
