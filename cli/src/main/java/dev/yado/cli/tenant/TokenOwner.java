package dev.yado.cli.tenant;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.List;
import java.util.Optional;

/** Whose tokens are meant: the tenant that was named, or the only one that the token sees. */
final class TokenOwner {
    private TokenOwner() {}

    static String id(Session session) {
        Optional<String> named = session.api().endpoint().tenant();
        if (named.isPresent()) {
            return session.names().tenant(named.get());
        }
        List<Json.Document> visible = session.api().all("/v1/tenants");
        if (visible.size() != 1) {
            throw Failure.usage(
                    "tokens belong to a tenant", "Name it: --tenant TENANT ('yado tenant list' shows them).");
        }
        return visible.getFirst().text("id");
    }
}
