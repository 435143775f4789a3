package dev.yado.storage.repository;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a backup before it is taken.
 *
 * @param tenant whose key it is encrypted with, in an encrypted repository; may be null elsewhere
 */
public record BackupHead(BackupId id, VmId vm, @Nullable TenantId tenant) {}
