package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.HostOptions;
import dev.yado.vmmd.store.GivenOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What a daemon is started with, of what was typed and of what the host was given that it has replaced. */
class RunCommandTest {
    private static final HostOptions GIVEN = new HostOptions(
            new TreeMap<>(Map.of("nfs", "/mnt/nfs")),
            new TreeMap<>(Map.of("backups", "s3:/etc/yado/s3", "vault", "/mnt/vault")),
            new TreeMap<>(Map.of("backups", "/etc/yado/keys")),
            5,
            new TreeMap<>(Map.of("internet", "br0")),
            "eth1",
            true);

    @TempDir
    private Path state;

    @Test
    void isWhatTheReplacedHostsDaemonWasStartedWith() throws IOException {
        GivenOptions.in(state).write(GIVEN);

        assertThat(typed().ofHost()).isEqualTo(GIVEN);
    }

    @Test
    void isWhatIsTypedWhereSomethingOfItsKindIs() throws IOException {
        GivenOptions.in(state).write(GIVEN);

        HostOptions now = typed("--repository", "backups=/srv/backups", "--backup-jobs", "1", "--no-networks")
                .ofHost();

        assertThat(now.repositories()).isEqualTo(Map.of("backups", "/srv/backups"));
        assertThat(now.repositoryKeys()).isEmpty();
        assertThat(now.sharedPools()).isEqualTo(GIVEN.sharedPools());
        assertThat(now.backupJobs()).isEqualTo(1);
        assertThat(now.networks()).isFalse();
        assertThat(now.providers()).isEmpty();
        assertThat(now.words())
                .containsExactly(
                        "--shared-pool",
                        "nfs=/mnt/nfs",
                        "--repository",
                        "backups=/srv/backups",
                        "--backup-jobs",
                        "1",
                        "--no-networks");
    }

    @Test
    void anAddressOfTheMachineTakesNothingElseAway() throws IOException {
        GivenOptions.in(state).write(GIVEN);

        HostOptions now = typed("--underlay-address", "192.0.2.7").ofHost();

        assertThat(now.providers()).isEqualTo(GIVEN.providers());
        assertThat(now.underlayDevice()).isNull();
        assertThat(now.networks()).isTrue();
    }

    @Test
    void wordsThatAreTypedAgainAreTheSameOptions() throws IOException {
        assertThat(typed(GIVEN.words().toArray(String[]::new)).ofHost()).isEqualTo(GIVEN);
        assertThat(typed().ofHost()).isEqualTo(HostOptions.DEFAULT);
    }

    @Test
    void whatCannotBeUnderstoodIsNotPassedOver() throws IOException {
        Files.writeString(state.resolve("options.json"), "{\"sharedPools\":");
        assertThatThrownBy(this::typed).isInstanceOf(IOException.class).hasMessageContaining("options.json is damaged");
        GivenOptions.in(state).write(GIVEN);
        assertThatThrownBy(() -> typed("--repository-keys", "backups=/etc/keys"))
                .hasMessageContaining("which no --repository has");
    }

    private DaemonOptions typed(String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of("--state", state.toString()));
        all.addAll(List.of(words));
        RunCommand command = new RunCommand();
        new CommandLine(command).parseArgs(all.toArray(String[]::new));
        return command.options();
    }
}
