package dev.yado.vmmd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Autostart;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmStoreTest {
    private static final CallFence FENCE = new CallFence(OperationId.random(), "define", 3);
    private static final Run.Launch LAUNCH = new Run.Launch("boot", Accelerator.KVM, "pc-q35-7.2", true);

    @TempDir
    Path directory = Path.of("");

    @Test
    void rememberedVmIsReadAsItWasWritten() throws IOException {
        VmId id = VmId.random();
        RequestPolicy.Memory memory = new RequestPolicy.Memory(spec(id), 7, FENCE);
        for (Run run : List.of(
                new Run.None(),
                new Run.Starting(4, LAUNCH),
                new Run.Running(4, LAUNCH, 99, 2, new Run.GracefulStop(7, Instant.EPOCH), Instant.EPOCH),
                new Run.Ended(ObservedState.CRASHED, new Cause(Cause.Code.GUEST_PANIC, "why"), Instant.EPOCH),
                new Run.Failed(7, new Cause(Cause.Code.POOL_FULL, "why"), Instant.EPOCH))) {
            Journal journal = new Journal(3, 7, "pc-q35-7.2", run, Set.of(DiskId.random()), null);
            try (StateDirectory state = StateDirectory.open(directory)) {
                new VmStore(state).remember(id, memory);
                new VmStore(state).record(id, journal);
            }
            try (StateDirectory state = StateDirectory.open(directory)) {
                VmStore store = new VmStore(state);
                assertThat(store.known()).containsExactly(id);
                assertThat(store.load(id)).contains(new VmStore.Stored(memory, journal));
            }
        }
    }

    @Test
    void tombstoneOutlivesTheDirectory() throws IOException {
        VmId id = VmId.random();
        VmStore.Tombstone tombstone =
                new VmStore.Tombstone(new RequestPolicy.Memory(null, 9, FENCE), 4, Instant.EPOCH, Set.of("shared"));
        try (StateDirectory state = StateDirectory.open(directory)) {
            VmStore store = new VmStore(state);
            store.remember(id, new RequestPolicy.Memory(spec(id), 7, FENCE));
            store.entomb(id, tombstone);
            store.clear(id);
            assertThat(store.known()).isEmpty();
            assertThat(store.tombstone(id)).contains(tombstone);
        }
    }

    @Test
    void damagedRecordIsNamedAndNotGuessed() throws IOException {
        VmId id = VmId.random();
        try (StateDirectory state = StateDirectory.open(directory)) {
            VmStore store = new VmStore(state);
            store.remember(id, new RequestPolicy.Memory(spec(id), 7, FENCE));
            Files.writeString(store.directory(id).resolve("memory.json"), "{\"spec\":");
            assertThatThrownBy(() -> store.load(id)).hasMessageContaining("memory.json is damaged");
        }
    }

    @Test
    void halfWrittenFileOfADaemonThatDiedIsNotRead() throws IOException {
        VmId id = VmId.random();
        RequestPolicy.Memory memory = new RequestPolicy.Memory(spec(id), 7, FENCE);
        try (StateDirectory state = StateDirectory.open(directory)) {
            VmStore store = new VmStore(state);
            store.remember(id, memory);
            Files.writeString(store.directory(id).resolve("memory.json.new"), "half");
            assertThat(store.load(id).map(VmStore.Stored::memory)).contains(memory);
            store.remember(id, memory);
            assertThat(store.load(id).map(VmStore.Stored::memory)).contains(memory);
        }
    }

    @Test
    void directoryHasOneOwner() throws IOException {
        try (StateDirectory state = StateDirectory.open(directory)) {
            assertThat(state.incarnation()).isEqualTo(1);
            assertThatThrownBy(() -> StateDirectory.open(directory))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use by the daemon with process id "
                            + ProcessHandle.current().pid());
        }
    }

    @Test
    void identityStaysAndStartsAreCounted() throws IOException {
        StateDirectory first = StateDirectory.open(directory);
        first.close();
        try (StateDirectory second = StateDirectory.open(directory)) {
            assertThat(second.hostId()).isEqualTo(first.hostId());
            assertThat(second.incarnation()).isEqualTo(first.incarnation() + 1);
        }
    }

    private static VmSpec spec(VmId id) {
        return new VmSpec(
                id,
                TenantId.random(),
                "name",
                7,
                4,
                DesiredState.RUNNING,
                StopPolicy.HARD,
                2,
                new VmShape(2, new Mebibytes(512), AcceleratorChoice.AUTO, List.of(), null),
                new Autostart(1, 2));
    }
}
