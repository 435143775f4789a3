package dev.yado.cli.vm;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "why",
        description =
                "Say why a VM is as it is: what is wanted, what its operation waits for, what host, daemon and QEMU say.",
        footer = {"", "Example:", "  yado vm why web"})
public final class VmWhy implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "VM", description = "Name or id.")
    private String vm = "";

    public VmWhy(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.show(session.api().get("/v1/vms/" + session.names().vm(vm) + "/why"), this::show);
    }

    private void show(Json.Document why) {
        session.screen().answer(Table.printable(why.text("summary")));
        Table facts = new Table("SOURCE", "SINCE", "CODE", "FACT");
        for (Json.Document fact : why.documents("facts")) {
            facts.row(
                    fact.text("source"),
                    fact.find("at")
                            .map(at -> Words.age(at, Instant.now()) + " ago")
                            .orElse(""),
                    fact.text("code"),
                    fact.text("text"));
        }
        session.screen().answer(facts);
        Table verdicts = new Table("HOST", "FITS", "RULE", "DETAIL");
        for (Json.Document verdict : why.documents("verdicts")) {
            verdicts.row(verdict.text("host"), verdict.text("fits"), verdict.text("rule"), verdict.text("detail"));
        }
        if (!verdicts.isEmpty()) {
            session.screen().answer(verdicts);
        }
    }
}
