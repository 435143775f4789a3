package dev.yado.vmmd.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.network.Applied;
import dev.yado.network.Difference;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Segment;
import dev.yado.vmmd.store.NetworkStore;
import dev.yado.vmmd.store.StateDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a look tells as tampered with, where what is wanted changes by itself. Networks stand here for all that is told of them: their name. */
class WantedTest {
    private final NetworkId id = NetworkId.random();
    private final TenantId tenant = TenantId.random();

    @TempDir
    Path directory;

    private Wanted<NetworkId, HostNetwork> wanted;
    /** What is on the host. */
    private @Nullable String host;
    /** What has moved, and is read instead of what was given. */
    private @Nullable String moved;
    /** Happens between a look at what is wanted and one at the host. */
    private Runnable meanwhile = () -> {};

    @BeforeEach
    void open() throws IOException {
        wanted = new Wanted<>(
                "network",
                NetworkStore.ofNetworks(StateDirectory.open(directory)),
                new Wanted.Hands<>(
                        given -> moved == null ? given : named(moved),
                        this::apply,
                        _ -> new Applied(null, List.of()),
                        this::differences));
        wanted.put(id, 1, named("given"), () -> {});
    }

    private Applied apply(HostNetwork network) {
        host = network.name();
        return new Applied(null, List.of());
    }

    private List<Difference> differences(HostNetwork network) {
        meanwhile.run();
        return network.name().equals(host) ? List.of() : List.of(Difference.changed(network.name()));
    }

    private HostNetwork named(String name) {
        return new HostNetwork(
                id, tenant, name, 1, new Segment.Overlay(7), 1450, List.of(), List.of(), List.of(), List.of());
    }

    @Test
    void tellsWhatSomebodyElseHasChangedAndPutsItInOrder() {
        host = "tampered";

        assertThat(wanted.look().mended()).hasSize(1);
        assertThat(host).isEqualTo("given");
        assertThat(wanted.look().mended()).isEmpty();
    }

    @Test
    void doesNotTellWhatIsBeingChangedByAMoveButPutsItInOrder() {
        moved = "moved";

        assertThat(wanted.look().mended()).as("before the host was touched").isEmpty();
        assertThat(host).isEqualTo("moved");
        meanwhile = () -> {
            moved = "back";
            host = "back";
        };
        assertThat(wanted.look().mended()).as("while it was looked at").isEmpty();
        assertThat(host).isEqualTo("back");
    }

    @Test
    void tellsWhatIsTamperedWithAfterAMove() {
        moved = "moved";
        wanted.refresh(id);
        moved = "in place already";
        host = "in place already";
        assertThat(wanted.look().mended()).isEmpty();

        host = "tampered";

        assertThat(wanted.look().mended()).hasSize(1);
        assertThat(host).isEqualTo("in place already");
    }
}
