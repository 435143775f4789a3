package dev.yado.vmmd.metrics;

import dev.yado.vmmd.report.Reporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Whether this host can start guests: QEMU is there and the pool takes files. A controller that is away is told, but never makes a
 * host unready: its guests run on without one.
 */
public final class Readiness {
    private static final String FINE = "fine";

    private final Path qemu;
    private final Path pool;
    private final Supplier<Reporter.Standing> reports;

    public Readiness(Path qemu, Path pool, Supplier<Reporter.Standing> reports) {
        this.qemu = qemu;
        this.pool = pool;
        this.reports = reports;
    }

    /** @param checks what was looked at, and what is wrong with it */
    record Answer(boolean ready, Map<String, String> checks) {}

    Answer look() {
        Map<String, String> checks = new LinkedHashMap<>();
        checks.put("qemu", Files.isExecutable(qemu) ? FINE : qemu + " is not there or cannot be executed");
        checks.put("pool", pool());
        boolean ready = checks.values().stream().allMatch(FINE::equals);
        checks.put("controller", controller());
        return new Answer(ready, checks);
    }

    private String pool() {
        try {
            Files.delete(Files.createTempFile(pool, ".ready", null));
            return FINE;
        } catch (IOException e) {
            return pool + " takes no files: " + e;
        }
    }

    private String controller() {
        Reporter.Standing standing = reports.get();
        Instant silentSince = standing.silentSince();
        if (!standing.controller()) {
            return "none is set";
        }
        return silentSince == null ? FINE : "takes no reports since " + silentSince;
    }
}
