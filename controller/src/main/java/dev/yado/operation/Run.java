package dev.yado.operation;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.TenantId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a step knows of the operation it runs for, and what it may leave with it. One object per run of a step. */
public final class Run {
    private final OperationId operation;
    private final @Nullable TenantId tenant;
    private final UUID target;
    private final String inputJson;
    private final String step;
    private final long epoch;
    private @Nullable List<Verdict> verdicts;
    private final Set<String> topics = new LinkedHashSet<>();

    Run(OperationId operation, @Nullable TenantId tenant, UUID target, String inputJson, String step, long epoch) {
        this.operation = operation;
        this.tenant = tenant;
        this.target = target;
        this.inputJson = inputJson;
        this.step = step;
        this.epoch = epoch;
    }

    public OperationId operation() {
        return operation;
    }

    public @Nullable TenantId tenant() {
        return tenant;
    }

    /** The id of what the operation makes or changes. */
    public UUID target() {
        return target;
    }

    /** What the operation was begun with. */
    public <T> T input(Class<T> type) {
        return ProtocolJson.mapper().readValue(inputJson, type);
    }

    /** Goes with every call to a host. */
    public CallFence fence() {
        return new CallFence(operation, step, epoch);
    }

    /** Stored with the operation when the step's result is committed. */
    public void explain(List<Verdict> found) {
        verdicts = List.copyOf(found);
    }

    /** When the step's result is committed, every operation that waits for the topic is woken. */
    public void wakeOnCommit(String topic) {
        topics.add(topic);
    }

    @Nullable
    List<Verdict> verdicts() {
        return verdicts;
    }

    Set<String> topics() {
        return topics;
    }
}
