package dev.yado.vm;

import dev.yado.protocol.HostId;
import dev.yado.protocol.migration.MigrationGoal;
import org.jspecify.annotations.Nullable;

/** What a move of a VM is begun with. @param host null: the best that there is */
public record VmMove(@Nullable HostId host, MigrationGoal goal) {}
