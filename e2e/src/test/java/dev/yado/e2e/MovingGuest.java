package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A guest to which anything may happen while it moves, and what says whether it came through: its beacon, the process tables, and its
 * disks, to which it appends numbers all the time. Whoever ran it twice or took it back would have some number twice.
 */
final class MovingGuest implements AutoCloseable {
    private static final List<String> DISKS = List.of("vda", "vdb");
    /** Numbers on each disk, one and one more, from wherever it stopped. */
    private static final String WRITER = "(n=$(wc -l </mnt/vda/log); while :; do n=$((n+1));"
            + " for d in vda vdb; do echo $n >>/mnt/$d/log; done; sync; usleep 300000; done) & echo $! >/run/writer";

    private static final Pattern LOG = Pattern.compile("log (vd.) lines=(\\d+) wrong=(\\d+)");

    private final Vm vm;
    private final boolean linux;
    private final ProcessWitness processes;
    private final Map<String, Long> written = new HashMap<>();
    private BeaconWitness beacon;

    private MovingGuest(Vm vm, boolean linux, ProcessWitness processes) {
        this.vm = vm;
        this.linux = linux;
        this.processes = processes;
        this.beacon = new BeaconWitness(Cloud.shared(), vm);
    }

    /** Linux with a disk that all hosts have and one that moves with it, emulated. */
    static MovingGuest linux(Api tenant, String name, ProcessWitness processes) {
        Map<String, Object> request = Vm.request(name);
        request.put("boot", Images.shared().directBoot());
        request.put("accelerator", "tcg");
        request.put("disks", List.of(Map.of("sizeGiB", 1, "pool", "shared"), Map.of("sizeGiB", 1)));
        Vm vm = Vm.create(tenant, request);
        vm.awaitWords("yado-guest: ready");
        MovingGuest guest = new MovingGuest(vm, true, processes);
        try (Shell shell = Shell.at(vm)) {
            for (String disk : DISKS) {
                shell.run(
                        "cd /mnt/" + disk + " && touch log && dd if=/dev/urandom of=before bs=64k count=16 2>/dev/null"
                                + " && sha256sum before >sums && sync; cd /");
            }
            shell.run(WRITER);
        }
        return guest;
    }

    /** The boot sector under KVM, with much memory and next to nothing in it. Its disk is one that all hosts have. */
    static MovingGuest bootSector(Api tenant, String name, ProcessWitness processes) {
        Map<String, Object> request = Vm.request(name);
        request.put("memoryMiB", 3072);
        request.put("accelerator", "kvm");
        request.put("disks", List.of(Map.of("imageId", Images.shared().bootSector(), "sizeGiB", 1, "pool", "shared")));
        Vm vm = Vm.create(tenant, request);
        vm.awaitWords("yado-boot-sector: hello");
        vm.awaitBeaconBeyond(2);
        return new MovingGuest(vm, false, processes);
    }

    Vm vm() {
        return vm;
    }

    String host() {
        return Move.hostOf(vm);
    }

    /** Brings it there, or wherever it can be moved from to there. */
    void isNotOn(String host) {
        if (host().equals(host)) {
            Move.to(vm, Move.awayFrom(host));
        }
    }

    /** It runs where the API says and nowhere else, has gone on all the time, and its disks are whole. */
    void hasGoneOn() {
        vm.awaitState("RUNNING");
        Move.isWhollyOn(vm, host());
        vm.awaitBeaconBeyond(beacon.last() + 3);
        beacon.ranOnceAndForward();
        processes.neverSawTwo(vm);
        if (linux) {
            try (Shell shell = Shell.at(vm)) {
                assertDisks(shell);
            }
        }
    }

    /**
     * As {@link #hasGoneOn} where a host has died that it may have been on: it may have ended with it, and is then begun anew. Only of
     * Linux, which can say whether it was booted.
     *
     * @return whether it had ended
     */
    boolean hasGoneOnUnlessItsHostDied(String died) {
        await(vm.name() + " to be known of")
                .atMost(Duration.ofMinutes(1))
                .until(() -> List.of("RUNNING", "CRASHED").contains(vm.state()));
        if (vm.state().equals("CRASHED")) {
            assertThat(host()).as("it was on the host that died").isEqualTo(died);
            vm.done("start", Map.of());
        }
        vm.awaitState("RUNNING");
        if (goesOnWithoutABoot()) {
            hasGoneOn();
            return false;
        }
        assertThat(host()).as("it was on the host that died").isEqualTo(died);
        try (Shell shell = Shell.at(vm)) {
            shell.run(WRITER);
        }
        hasBootedAgain();
        return true;
    }

    /** It was booted since, for a reason that the test knows: its beacon begins anew, its disks do not. */
    void hasBootedAgain() {
        vm.awaitState("RUNNING");
        Move.isWhollyOn(vm, host());
        processes.neverSawTwo(vm);
        beacon.close();
        try (Shell shell = Shell.at(vm)) {
            assertDisks(shell);
        }
        beacon = BeaconWitness.fromNowOn(Cloud.shared(), vm);
        hasGoneOn();
    }

    private boolean goesOnWithoutABoot() {
        try (Shell shell = Shell.at(vm)) {
            return shell.run("test -e /run/writer && echo $((6*7))-since-long").contains("42-since-long");
        }
    }

    /** What it wrote before is there, and every number once: what the disks say, not what the guest remembers. */
    private void assertDisks(Shell shell) {
        shell.run("sync; echo 3 >/proc/sys/vm/drop_caches");
        for (String disk : DISKS) {
            assertThat(shell.run("cd /mnt/" + disk + " && sha256sum -c sums; cd /"))
                    .as("%s of %s", disk, vm.name())
                    .contains("before: OK");
            String said = shell.run("awk '$1!=NR{w++} END{print \"log " + disk + " lines=\" NR \" wrong=\" w+0}' /mnt/"
                    + disk + "/log");
            Matcher matcher = LOG.matcher(said);
            assertThat(matcher.find()).as(said).isTrue();
            assertThat(matcher.group(3)).as(said).isEqualTo("0");
            assertThat(Long.parseLong(matcher.group(2)))
                    .as("what %s of %s held before is still there", disk, vm.name())
                    .isGreaterThanOrEqualTo(written.getOrDefault(disk, 0L));
            written.put(disk, Long.parseLong(matcher.group(2)));
        }
        assertThat(shell.run("dmesg | grep -ci 'ext4.*error\\|I/O error'"))
                .as("file system errors of " + vm.name())
                .startsWith("0");
    }

    long last() {
        return beacon.last();
    }

    @Override
    public void close() {
        beacon.close();
        vm.delete();
    }
}
