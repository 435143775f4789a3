package dev.yado.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.kernel.sys.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkNamespaceTest {
    private static final Path DEVICES = Path.of("/proc/thread-self/net/dev");

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void needsRoot() {
        assumeTrue(Credentials.effectiveUid() == 0, "needs root: only it makes network namespaces");
        file = directory.resolve("netns");
    }

    @AfterEach
    void leaveNothing() throws IOException {
        NetworkNamespace.forget(file);
    }

    private static void addLink(NetworkNamespace namespace, String name) throws IOException {
        try (RouteSocket socket = RouteSocket.open(namespace)) {
            socket.run(LinkRequests.add(name, new LinkKind.Veth(name + "p"), 1500, null));
        }
    }

    @Test
    void runsInsideAndNowhereElse() throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.create(file)) {
            addLink(namespace, "inside0");

            assertThat(namespace.call(() -> Files.readString(DEVICES))).contains("inside0");
            assertThat(Files.readString(DEVICES)).doesNotContain("inside0");
        }
    }

    @Test
    void isFoundByItsFileAfterItsHolderIsGone() throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.create(file)) {
            addLink(namespace, "inside0");
        }

        try (NetworkNamespace again = NetworkNamespace.open(file).orElseThrow()) {
            assertThat(again.call(() -> Files.readString(DEVICES))).contains("inside0");
        }
    }

    @Test
    void leavesNoFileAndNoMountWhenForgotten() throws IOException {
        NetworkNamespace.create(file).close();
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).contains(file.toString());

        NetworkNamespace.forget(file);

        assertThat(file).doesNotExist();
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(file.toString());
        assertThat(NetworkNamespace.open(file)).isEmpty();
    }

    @Test
    void getsItsNameBackFromWhoHoldsIt() throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.create(file)) {
            NetworkNamespace.forget(file);
            assertThat(namespace.hasName(file)).isFalse();

            namespace.name(file);

            assertThat(namespace.hasName(file)).isTrue();
            try (NetworkNamespace again = NetworkNamespace.open(file).orElseThrow()) {
                assertThat(again.same(namespace)).isTrue();
            }
        }
    }

    @Test
    void takesAnOrdinaryFileForNone() throws IOException {
        Files.writeString(file, "");

        assertThat(NetworkNamespace.open(file)).isEmpty();
    }

    @Test
    void passesOnWhatTheWorkThrows() throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.create(file)) {
            assertThatThrownBy(() -> namespace.call(() -> {
                        throw new IOException("as the work said");
                    }))
                    .isInstanceOf(IOException.class)
                    .hasMessage("as the work said");
        }
    }
}
