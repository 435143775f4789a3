package dev.yado.host;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.BackupFacts;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostOptions;
import dev.yado.protocol.MigrationFacts;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.SelfTestReport;
import dev.yado.scheduler.HostSnapshot.Resources;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A host as the administrator sees it.
 *
 * @param network null when it says nothing of networks and so carries none
 * @param migration null when it takes part in no move
 * @param backup null when it takes and restores no backups
 * @param options that its daemon was started with; null when it does not say
 * @param maintenance how far it is being taken out of service; null while it is in service
 */
public record HostView(
        HostId id,
        String name,
        State state,
        @Nullable String reason,
        Resources capacity,
        Resources allocated,
        int vms,
        Accelerator accelerator,
        String architecture,
        SelfTestReport selfTest,
        String qemuVersion,
        String agentVersion,
        @Nullable NetworkFacts network,
        @Nullable MigrationFacts migration,
        @Nullable BackupFacts backup,
        @Nullable HostOptions options,
        @Nullable String maintenance,
        Instant lastReportAt,
        boolean simulated,
        HostCertificate certificate) {

    /** Derived from its lease whenever it is asked for; nothing of a host that is not UP is released. */
    public enum State {
        UP,
        /** It has not reported for longer than its lease. */
        SILENT,
        /** For so long that somebody should look. */
        LOST
    }
}
