package dev.yado.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;

/** An attempt whose end nobody waits for: the host may still be at it, or have put it into the repository. */
public record Leftover(BackupId job, OperationId operation, VmId vm, HostId host, String repository) {}
