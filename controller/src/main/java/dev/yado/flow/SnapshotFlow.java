package dev.yado.flow;

import dev.yado.operation.Flow;
import dev.yado.operation.Priority;
import dev.yado.telemetry.LogKey;
import java.time.Duration;

/** What all operations on snapshots have in common. What is left to each is its table of contents. */
abstract class SnapshotFlow<S extends Enum<S>> implements Flow<S> {
    final Snapshotting snapshotting;
    private final String kind;
    private final Class<S> steps;
    private final Duration deadline;

    SnapshotFlow(String kind, Class<S> steps, Duration deadline, Snapshotting snapshotting) {
        this.kind = kind;
        this.steps = steps;
        this.deadline = deadline;
        this.snapshotting = snapshotting;
    }

    @Override
    public final String kind() {
        return kind;
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public final Priority priority() {
        return Priority.NORMAL;
    }

    @Override
    public final Duration deadline() {
        return deadline;
    }

    @Override
    public final Class<S> steps() {
        return steps;
    }

    @Override
    public final LogKey target() {
        return LogKey.SNAPSHOT;
    }
}
