package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A guest that counts on its second serial port: wherever it is, the next number is the last one and one. */
final class Counting {
    private final StringBuilder before = new StringBuilder();

    /** @param id of a guest that has been started nowhere else */
    private final VmId id;

    private Counting(VmId id) {
        this.id = id;
    }

    /** Begins to count. */
    static VmSpec start(TestingHost host) {
        VmSpec spec = host.spec(host.images().obedientGuest());
        host.put(spec);
        host.awaitState(spec.id(), ObservedState.RUNNING);
        host.awaitSerial(spec.id(), 1, "00000002\n");
        return spec;
    }

    static Counting of(VmSpec spec) {
        return new Counting(spec.id());
    }

    /** What it has said on a host that it has left; to be called before that host forgets it. */
    void left(TestingHost host) throws IOException {
        before.append(on(host));
    }

    /** Every number is the one before and one: nothing was done twice and nothing is missing. */
    void goesOnAt(TestingHost host) throws IOException {
        int length = on(host).length();
        await("the guest counts on").atMost(TestingHost.PATIENCE).until(() -> on(host).length() > length + 30);
        String all = before + on(host);
        String[] lines = all.substring(0, all.lastIndexOf('\n')).split("\n");
        for (int i = 0; i < lines.length; i++) {
            assertThat(lines[i]).as("line %d of %s", i, all).isEqualTo("%08x".formatted(i + 1));
        }
    }

    String on(TestingHost host) throws IOException {
        Path log = host.vmDirectory(id).resolve("serial1.log");
        return Files.exists(log) ? Files.readString(log, StandardCharsets.US_ASCII) : "";
    }
}
