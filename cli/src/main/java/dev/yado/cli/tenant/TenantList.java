package dev.yado.cli.tenant;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List the tenants that the token sees.",
        footer = {"", "Example:", "  yado tenant list"})
public final class TenantList implements Runnable {
    private final Session session;

    public TenantList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list("/v1/tenants", TenantList::table);
    }

    /** Tenants and tokens look alike. */
    static Table table(List<Json.Document> items) {
        Table table = new Table("NAME", "AGE", "ID");
        for (Json.Document item : items) {
            table.row(item.text("name"), Words.age(item.text("createdAt"), Instant.now()), item.text("id"));
        }
        return table;
    }
}
