package dev.yado.drift;

import dev.yado.protocol.inventory.DriftKind;
import dev.yado.protocol.inventory.DriftRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes {@code docs/drift.md} from {@link DriftKind} and {@link DriftRule}. */
final class DriftReference {
    private static final String HEAD = """
            # Drift

            Generated from `DriftKind` and `DriftRule`; `docs/generate` writes it anew.

            Every host looks at what is really there every 20 s (`vmmd --inventory-seconds`): QEMU processes, disks, images, its own records, sockets,
            control groups. The controller compares that with the rows and with what hosts report, every 10 s (`yado.drift.period`). Where they part, the
            ledger has an entry: `yado drift list`, `yado drift show ID`, `GET /v1/drift`. `yado vm why VM` shows what concerns one VM.

            - A rule that **heals** brings back what is wanted; the entry is OPEN until then.
            - A rule that **quarantines** keeps the drift from doing harm; the entry is QUARANTINED until somebody puts it in order.
            - What is not Yado's is told and never touched. A guest that nobody knows is never ended unasked:
              `yado drift resolve ID --action adopt|remove` says what is to become of it.
            - What lasts raises an alert, unless it is INFO.

            What is not seen: a change made while the daemon was down to a spec that stays readable (the controller sees that it differs), to a journal or a
            tombstone; the content of a disk.

            | kind | severity | rule | what to do |
            | --- | --- | --- | --- |
            """;

    private DriftReference() {}

    static void main(String[] arguments) throws IOException {
        Files.writeString(Path.of(arguments[0]), text());
    }

    static String text() {
        StringBuilder text = new StringBuilder(HEAD);
        for (DriftKind kind : DriftKind.values()) {
            text.append("| `%s` | %s | `%s` | %s |\n".formatted(kind, kind.severity(), kind.rule(), kind.advice()));
        }
        text.append("\n| rule | | what it does |\n| --- | --- | --- |\n");
        for (DriftRule rule : DriftRule.values()) {
            text.append("| `%s` | %s | %s |\n"
                    .formatted(rule, rule.outcome().name().toLowerCase(java.util.Locale.ROOT), rule.does()));
        }
        return text.toString();
    }
}
