package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Disruption;
import dev.yado.protocol.Disruption.Kind;
import dev.yado.protocol.GuestAgentState;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.backup.BackupAnswer.Consistency;
import dev.yado.protocol.backup.BackupAnswer.Phase;
import dev.yado.protocol.backup.BackupAnswer.Point;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.MigrationGoal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Guests with Debian's own qemu-ga make their file systems still for backups, and write on. */
@Tag("guest")
class AgentGuestTest {
    private static final String AGENT = "qemu-ga -d -p /dev/vport*p1 -t /run -f /run/qga.pid";
    private static final String AWAIT_AGENT =
            "until ls -l /proc/$(cat /run/qga.pid)/fd 2>/dev/null | grep -q vport; do sleep 0.1; done;";
    /** Counts in a file, as fast as a guest of its size can that does something else as well. */
    private static final String COUNT =
            "(i=0; while :; do i=$((i+1)); echo $i >/run/n; mv /run/n /mnt/vda/n; sync; sleep 0.05; done) &\n";

    @TempDir
    private static Path machine;

    private static TestingHost host;
    private static TestingHost other;
    private static TestingFiles files;
    private static Path repository;
    private static Path before;
    private int said;

    @BeforeAll
    static void startHosts() throws IOException {
        Files.setPosixFilePermissions(machine, PosixFilePermissions.fromString("rwxr-xr-x"));
        repository = machine.resolve("repository");
        before = machine.resolve("before");
        String named = TestingBackup.REPOSITORY + "=" + repository;
        String[] options = {"--repository", named, "--qemu", qemuOfBefore().toString()};
        boolean root = System.getProperty("user.name").equals("root");
        host = root
                ? TestingHost.start(options[0], options[1], options[2], options[3], "--qemu-user", "65534:65534")
                : TestingHost.start(options);
        other = host.second("--repository", named);
        files = new TestingFiles(host);
    }

    @AfterAll
    static void endHosts() throws IOException {
        other.close();
        host.close();
    }

    /** While the file {@code before} is there it starts guests as daemons of before this one did, without a channel. */
    private static Path qemuOfBefore() throws IOException {
        Path script = machine.resolve("qemu");
        Files.writeString(script, """
                #!/bin/bash
                words=()
                while [ $# -gt 0 ]; do
                    case $1/$2 in
                    -chardev/socket,id=agent* | -device/virtio-serial* | -device/virtserialport*)
                        [ -e "%s" ] && shift 2 && continue
                        ;;
                    esac
                    words+=("$1")
                    shift
                done
                exec qemu-system-x86_64 "${words[@]}"
                """.formatted(before));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }

    @Test
    void fileSystemsAreStillWhereTheAgentAnswersAndAsAfterAPowerCutWhereNot() throws Exception {
        VmSpec spec = files.ready(1, host.images().initrdWithAgent());
        assertThat(host.get(spec.id()).agent()).isEqualTo(GuestAgentState.NONE);
        run(spec, AGENT + "; " + AWAIT_AGENT + "\n" + COUNT);
        awaitAgent(spec, GuestAgentState.CONNECTED);

        TestingBackup still = TestingBackup.freezing(host, spec, 60_000);
        Point point = Objects.requireNonNull(still.take().point());

        assertThat(point.why()).isNull();
        assertThat(point.consistency()).isEqualTo(Consistency.FILE_SYSTEM);
        assertThat(point.frozenMs()).isPositive();
        writesOn(spec);
        Disruption told = awaitFreeze(spec.id());
        assertThat(told.detail()).contains(still.job.id().toString());
        Path disk = extracted(still);
        assertThat(features(disk)).contains("has_journal").doesNotContain("needs_recovery");
        assertThat(run("e2fsck", "-fn", disk.toString())).contains("Pass 5");

        run(spec, "kill -STOP $(cat /run/qga.pid);");
        TestingBackup silent = TestingBackup.freezing(host, spec, 500);
        Point crash = Objects.requireNonNull(silent.take().point());

        assertThat(crash.consistency()).isEqualTo(Consistency.CRASH);
        assertThat(crash.why()).contains("did not answer", "It had 500 ms");
        writesOn(spec);
        assertThat(features(extracted(silent))).contains("needs_recovery");

        run(spec, "kill -CONT $(cat /run/qga.pid); kill $(cat /run/qga.pid); while pidof qemu-ga; do sleep 0.1; done;");
        Point without = Objects.requireNonNull(
                new TestingBackup(host, spec, null).take().point());
        assertThat(without.why()).startsWith("No agent runs in the guest");
        awaitAgent(spec, GuestAgentState.NONE);
        writesOn(spec);
        host.delete(spec);
    }

    @Test
    void whatBecomesStillTooLateOrUnderADaemonThatDiesIsThawed() throws Exception {
        VmSpec spec = files.ready(1, host.images().initrdWithAgent());
        String hook = "[ $1 = thaw ] && exit; touch /run/asked; until [ -e /run/mayfreeze ]; do sleep 0.1; done";
        run(spec, "echo '" + hook + "' | sed '1i#!/bin/sh' >/run/hook; chmod +x /run/hook;");
        run(spec, AGENT + " -F/run/hook; " + AWAIT_AGENT + "\n" + COUNT);

        Point late = Objects.requireNonNull(
                TestingBackup.freezing(host, spec, 4000).take().point());

        assertThat(late.consistency()).isEqualTo(Consistency.CRASH);
        assertThat(late.why()).contains("did not answer guest-fsfreeze-freeze");
        writesOn(spec);
        run(spec, "touch /run/mayfreeze;");
        assertThat(awaitFreeze(spec.id()).detail()).contains("at most so long");
        writesOn(spec);

        run(
                spec,
                "rm /run/asked /run/mayfreeze; (until [ -e /run/asked ]; do sleep 0.1; done; echo asked=$((1)); sleep 5; touch /run/mayfreeze;"
                        + " until [ -e /run/qga.state.isfrozen ]; do sleep 0.1; done; sleep 1; echo still=$((1))) &\n");
        TestingBackup abandoned = TestingBackup.freezing(host, spec, 60_000).put();
        host.awaitSerial(spec.id(), 0, "asked=1");
        host.killDaemon();
        await("the guest is still").atMost(TestingHost.PATIENCE).until(() -> saidOn(spec, "still=1"));

        host.startDaemon();
        awaitAgent(spec, GuestAgentState.CONNECTED);

        assertThat(Objects.requireNonNull(abandoned.awaitPhase(Phase.FAILED).failure())
                        .detail())
                .contains("daemon");
        writesOn(spec);
        await("its freeze is told")
                .atMost(TestingHost.PATIENCE)
                .until(() -> freezes(spec.id()).size() == 2);
        Point next = Objects.requireNonNull(
                TestingBackup.freezing(host, spec, 60_000).take().point());
        assertThat(next.consistency()).isEqualTo(Consistency.FILE_SYSTEM);
        host.delete(spec);
    }

    @Test
    void aGuestThatWasStartedWithoutAChannelIsBackedUpMovedAndStartedAgain() throws Exception {
        Files.createFile(before);
        VmSpec spec;
        try {
            spec = Counting.start(host);
        } finally {
            Files.delete(before);
        }
        assertThat(why(host, spec)).contains("no channel to a guest agent yet");
        Counting counting = Counting.of(spec);
        VmSpec there = moved(host, other, spec, counting);
        assertThat(why(other, there)).startsWith("No agent runs in the guest");

        VmSpec back = moved(other, host, there, counting);

        VmSpec stopped = TestingHost.stopped(back);
        host.put(stopped);
        host.awaitState(spec.id(), ObservedState.STOPPED);
        VmSpec again = TestingHost.startedAgain(stopped);
        host.put(again);
        host.awaitState(spec.id(), ObservedState.RUNNING);
        assertThat(why(host, again)).startsWith("No agent runs in the guest");
        host.delete(again);
    }

    private static VmSpec moved(TestingHost from, TestingHost to, VmSpec spec, Counting counting) throws IOException {
        TestingMove move = new TestingMove(from, to, spec)
                .copying(spec.shape().disks().getFirst().id());
        move.depart(move.awaitReady(), MigrationGoal.DEFAULT);
        move.awaitDeparture(DepartureAnswer.Phase.HANDED_OVER);
        counting.left(from);
        move.release();
        counting.goesOnAt(to);
        return move.spec;
    }

    private static String why(TestingHost where, VmSpec spec) {
        return String.valueOf(Objects.requireNonNull(
                        new TestingBackup(where, spec, null).take().point())
                .why());
    }

    /** Returns when the guest's shell has done it. */
    private void run(VmSpec spec, String commands) {
        said++;
        host.type(spec.id(), commands + " echo done=$((" + said + "))\n");
        host.awaitSerial(spec.id(), 0, "\ndone=" + said);
    }

    /** What counts on its disk gets further. */
    private void writesOn(VmSpec spec) {
        run(spec, "sync; a=$(cat /mnt/vda/n); until [ $(cat /mnt/vda/n) -gt $a ]; do sleep 0.1; done;");
    }

    private static void awaitAgent(VmSpec spec, GuestAgentState state) {
        await("the agent is " + state)
                .atMost(TestingHost.PATIENCE)
                .until(() -> host.get(spec.id()).agent() == state);
    }

    private static boolean saidOn(VmSpec spec, String text) throws IOException {
        return Files.readString(host.vmDirectory(spec.id()).resolve("serial0.log"), StandardCharsets.ISO_8859_1)
                .contains(text);
    }

    private static List<Disruption> freezes(VmId vm) {
        return host.controller().disruptions(vm).stream()
                .filter(each -> each.kind() == Kind.FREEZE)
                .toList();
    }

    private static Disruption awaitFreeze(VmId vm) {
        await("a freeze is told")
                .atMost(TestingHost.PATIENCE)
                .until(() -> !freezes(vm).isEmpty());
        assertThat(freezes(vm)).hasSize(1);
        return freezes(vm).getFirst();
    }

    private static Path extracted(TestingBackup backup) {
        Path to = machine.resolve(backup.job.id().toString());
        assertThat(new CommandLine(new BackupCommand())
                        .execute(
                                "extract",
                                "--repository",
                                repository.toString(),
                                "--backup",
                                backup.job.id().toString(),
                                "--to",
                                to.toString()))
                .isZero();
        return to.resolve(backup.job.disks().getFirst() + ".raw");
    }

    private static String features(Path disk) throws IOException, InterruptedException {
        return run("dumpe2fs", "-h", disk.toString())
                .lines()
                .filter(line -> line.startsWith("Filesystem features:"))
                .findFirst()
                .orElseThrow();
    }

    /** What a program says that ends well. */
    private static String run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }
}
