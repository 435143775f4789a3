package dev.yado.operation;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.TenantId;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
    private final boolean cancelled;
    private @Nullable List<Verdict> verdicts;
    private final Set<String> topics = new LinkedHashSet<>();
    private final Map<String, String> inputs = new LinkedHashMap<>();
    private final Map<String, String> outputs = new LinkedHashMap<>();

    Run(Claim claim) {
        this.operation = claim.id();
        this.tenant = claim.tenant();
        this.target = claim.target();
        this.inputJson = claim.inputJson();
        this.step = claim.step();
        this.epoch = claim.epoch();
        this.cancelled = claim.cancelled();
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

    /** It is undone because of a cancel, not because of a failure. */
    public boolean cancelled() {
        return cancelled;
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

    /** What mattered to the step, for its timeline. No secrets. */
    public void had(String name, Object value) {
        inputs.put(name, value.toString());
    }

    /** What came out of it, for its timeline. No secrets. */
    public void gave(String name, Object value) {
        outputs.put(name, value.toString());
    }

    @Nullable
    String inputsJson() {
        return json(inputs);
    }

    @Nullable
    String outputsJson() {
        return json(outputs);
    }

    private static @Nullable String json(Map<String, String> values) {
        return values.isEmpty() ? null : ProtocolJson.mapper().writeValueAsString(values);
    }

    @Nullable
    List<Verdict> verdicts() {
        return verdicts;
    }

    Set<String> topics() {
        return topics;
    }
}
