package dev.yado.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.RequestPolicy.Decision;
import dev.yado.protocol.RequestPolicy.Memory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

class RequestPolicyProperties {
    private static final VmId VM = VmId.random();
    private static final TenantId TENANT = TenantId.random();
    private static final OperationId OPERATION = OperationId.random();
    private static final CallFence FENCE = new CallFence(OPERATION, "define", 1);

    /** A call as the network may deliver it: any number of times, in any order. */
    record Call(long generation, boolean delete) {}

    @Property(tries = 500)
    void whateverTheOrderTheNewestGenerationWins(@ForAll("histories") List<Call> calls, @ForAll Random random) {
        List<Call> delivered = new ArrayList<>(calls);
        delivered.addAll(calls);
        Collections.shuffle(delivered, random);
        Memory memory = null;
        long highest = 0;
        for (Call call : delivered) {
            memory = apply(memory, call);
            highest = Math.max(highest, call.generation());
            assertThat(memory.generation()).isEqualTo(highest);
        }
    }

    @Property(tries = 500)
    void aLatePutNeverBringsADeletedVmBack(@ForAll("histories") List<Call> calls, @ForAll Random random) {
        List<Call> delivered = new ArrayList<>(calls);
        Collections.shuffle(delivered, random);
        long deletion = calls.size() + 1L;
        Memory memory = apply(null, new Call(deletion, true));
        for (Call late : delivered) {
            memory = apply(memory, late);
            assertThat(memory.spec()).isNull();
        }
    }

    @Example
    void theSameCallAgainIsARepeat() {
        Memory memory = new Memory(spec(3, 1), 3, FENCE);

        assertThat(RequestPolicy.onPut(memory, FENCE, spec(3, 1))).isEqualTo(new Decision.Repeat());
        assertThat(RequestPolicy.onDelete(new Memory(null, 3, FENCE), FENCE, 3)).isEqualTo(new Decision.Repeat());
    }

    @Example
    void theSameGenerationWithAnotherContentIsRefused() {
        assertThat(RequestPolicy.onPut(new Memory(spec(3, 1), 3, FENCE), FENCE, spec(3, 2)))
                .isInstanceOf(Decision.Refuse.class);
    }

    @Example
    void aRunnerThatWasTakenOverIsRefused() {
        Memory memory = new Memory(spec(3, 1), 3, new CallFence(OPERATION, "define", 7));

        assertThat(RequestPolicy.onPut(memory, new CallFence(OPERATION, "define", 6), spec(4, 1)))
                .isInstanceOf(Decision.Refuse.class);
    }

    @Example
    void aPermissionToRunNeverGoesBack() {
        assertThat(RequestPolicy.onPut(new Memory(spec(3, 5), 3, FENCE), FENCE, spec(4, 4)))
                .isInstanceOf(Decision.Refuse.class);
    }

    private static Memory apply(@Nullable Memory memory, Call call) {
        Decision decision = call.delete()
                ? RequestPolicy.onDelete(memory, FENCE, call.generation())
                : RequestPolicy.onPut(memory, FENCE, spec(call.generation(), call.generation()));
        return switch (decision) {
            case Decision.Accept accepted ->
                new Memory(call.delete() ? null : spec(call.generation(), call.generation()), call.generation(), FENCE);
            case Decision.Repeat repeat -> java.util.Objects.requireNonNull(memory);
            case Decision.Refuse refused -> java.util.Objects.requireNonNull(memory);
        };
    }

    private static VmSpec spec(long generation, long runEpoch) {
        VmShape shape = new VmShape(1, new Mebibytes(64), AcceleratorChoice.TCG, List.of(), null);
        return new VmSpec(
                VM, TENANT, "vm", generation, runEpoch, DesiredState.RUNNING, StopPolicy.HARD, 0, shape, null);
    }

    @Provide
    Arbitrary<List<Call>> histories() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 20),
                        Arbitraries.of(true, false).list().ofSize(20))
                .as((length, deletes) -> {
                    List<Call> calls = new ArrayList<>();
                    for (int i = 0; i < length; i++) {
                        calls.add(new Call(i + 1L, deletes.get(i)));
                    }
                    return calls;
                });
    }
}
