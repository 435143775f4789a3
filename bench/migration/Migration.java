import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** What a move costs the guest and how long it takes, beside {@code virsh migrate --live}. What is measured and how: bench/README.md. */
final class Migration {
    private static final int MIB = 1 << 20;
    /** Of the witness guest's beacon. */
    private static final int PERIOD_MS = 2;
    private static final String COMMAND_LINE = "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check yado.beacon=" + PERIOD_MS;
    /** A move that has not ended by then is one that does not end. */
    private static final Duration ENDLESS = Duration.ofSeconds(60);
    /** Two words of the boot sector: see guest/bootsector.s. */
    private static final int PACE_AT = 506;
    /** MiB/s: what a link of 1 Gbit/s gives. */
    private static final int NARROW = 110;
    private static final List<Integer> SIZES = List.of(16, 64, 256, 512);
    private static final List<Integer> RATES = List.of(1_000, 10_000, 33_000, 60_000);

    private final Path work = Path.of(System.getenv("BENCH_WORK"));
    private final Path guestFiles = Path.of(System.getenv("YADO_GUEST_DIR"));
    private final int rounds = Integer.parseInt(System.getenv("BENCH_ROUNDS"));
    private final int moves = Integer.parseInt(System.getenv("BENCH_MOVES"));
    private final String peers = System.getenv("BENCH_PEERS");
    private final Libvirt libvirt = new Libvirt(work);
    private final Yado yado;
    private final Forecasts forecasts = new Forecasts();

    private Migration(Yado yado) {
        this.yado = yado;
    }

    public static void main(String[] parts) throws Exception {
        try (Yado yado = new Yado(Path.of(System.getenv("BENCH_WORK")))) {
            Migration bench = new Migration(yado);
            for (String part : parts) {
                progress(part);
                switch (part) {
                    case "quiet" -> bench.quiet();
                    case "blackout" -> bench.blackout();
                    case "hot" -> bench.hot();
                    case "kvm" -> bench.kvm();
                    case "converge" -> bench.converge();
                    case "narrow" -> bench.narrow();
                    case "network" -> bench.network();
                    default -> throw new IllegalArgumentException("no part named " + part);
                }
            }
            bench.forecasts.print();
        }
        // Clients that were left open hold nobody up.
        System.exit(0);
    }

    /** Of one guest in one state. */
    private static final class Samples {
        final List<Double> totals = new ArrayList<>();
        final List<Double> blackouts = new ArrayList<>();
        final List<Double> noticed = new ArrayList<>();
        final List<Double> toldBlackouts = new ArrayList<>();
        final List<Double> copied = new ArrayList<>();
        final Map<String, List<Double>> steps = new LinkedHashMap<>();
        int endless;

        void add(Guest.Moved moved, Beacon.Silence silence) {
            if (!moved.ended()) {
                endless++;
                return;
            }
            totals.add(moved.ms());
            blackouts.add(silence.ms());
            noticed.add(silence.noticedMs());
            copied.add(moved.copiedBytes() / MIB);
            if (moved.told() != null) {
                toldBlackouts.add(moved.told().path("result").path("blackoutMs").asDouble());
                moved.steps().forEach((step, ms) -> steps.computeIfAbsent(step, _ -> new ArrayList<>()).add(ms));
            }
        }
    }

    private interface Body {
        void run(List<Guest> sides) throws Exception;
    }

    /** The same guest on either side, ours first. */
    private void withGuests(String name, int memoryMib, Body body) throws Exception {
        Yado.Vm ours = yado.linux(name, memoryMib, guestFiles, COMMAND_LINE, PERIOD_MS);
        Libvirt.Peer peer = peers.equals("no") ? null : libvirt.start(name, Map.of(
                "TYPE", "qemu",
                // With one it would be spared memory barriers that ours has.
                "VCPU", "<vcpu current='1'>2</vcpu>",
                "MEMORY", "" + memoryMib,
                "MACHINE", System.getenv("BENCH_MACHINE"),
                "CPU", "<cpu mode='maximum'/>",
                "DISK", "",
                "BOOT", "<kernel>%s/vmlinuz</kernel><initrd>%s/initrd.img</initrd><cmdline>%s</cmdline>"
                        .formatted(guestFiles, guestFiles, COMMAND_LINE)), PERIOD_MS, ENDLESS);
        if (peer != null) {
            Shell.awaitReady(peer.console());
        }
        body.run(peer == null ? List.of(ours) : List.of(ours, peer));
        for (Guest side : peer == null ? List.<Guest>of(ours) : List.of(ours, peer)) {
            if (side.beacon().backwards() > 0) {
                throw new IllegalStateException("a counter went back in " + side + ": its guest ran twice");
            }
        }
        ours.end();
        if (peer != null) {
            peer.end();
        }
    }

    /** Each side in turn, so that both see the same weather; the first move of each does not count. */
    private List<Samples> interleave(List<Guest> sides, int count) throws Exception {
        List<Samples> samples = sides.stream().map(_ -> new Samples()).toList();
        for (int round = -1; round < count; round++) {
            for (int i = 0; i < sides.size(); i++) {
                once(sides.get(i), round < 0 ? new Samples() : samples.get(i), round >= 0);
            }
        }
        return samples;
    }

    private Guest.Moved once(Guest guest, Samples samples, boolean forecast) throws Exception {
        rest();
        JsonNode expected = forecast && guest instanceof Yado.Vm vm ? vm.forecast() : null;
        Guest.Moved moved = guest.move();
        samples.add(moved, silenceOf(guest, moved));
        forecasts.add(expected, moved);
        return moved;
    }

    /** The first beats after the move are awaited: without them a silence that goes on would not be seen. */
    private static Beacon.Silence silenceOf(Guest guest, Guest.Moved moved) {
        Shell.await("a beat after the move", Duration.ofSeconds(30), () -> guest.beacon().heardSince(System.nanoTime() - 50_000_000));
        return guest.beacon().longest(moved.from(), System.nanoTime());
    }

    private void quiet() throws Exception {
        withGuests("quiet", 768, sides -> {
            for (int filled : new int[] {0, 512}) {
                String guest = "quiet guest of 768 MiB, " + (filled == 0 ? "just booted" : filled + " MiB of them in use");
                if (filled > 0) {
                    for (Guest side : sides) {
                        side.write(filled, 0);
                    }
                }
                List<Samples> samples = interleave(sides, rounds);
                Samples ours = samples.getFirst();
                print(guest + ": whole move; peer: virsh migrate --live", ours.totals, samples, s -> s.totals, "ms");
                print(guest + ": blackout that the guest's beacon shows; peer: the same", ours.blackouts, samples, s -> s.blackouts, "ms");
                ours.steps.forEach((step, values) -> Figure.of(guest + ": of the whole move, " + step, values, "ms").print());
                print(guest + ": memory copied", ours.copied, samples, s -> s.copied, "MiB");
                for (int cap : new int[] {128, 32}) {
                    new Figure(guest + ": whole move; peer: computed, what it copied at " + cap + " MiB/s", Figure.median(ours.totals), "ms",
                            Figure.median(samples.getLast().copied) / cap * 1000).print();
                }
            }
        });
    }

    private void blackout() throws Exception {
        withGuests("small", 256, sides -> {
            for (Guest side : sides) {
                side.write(8, 500);
            }
            Guest ours = sides.getFirst();
            List<Double> still = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                long from = System.nanoTime();
                Thread.sleep(500);
                still.add(ours.beacon().longest(from, System.nanoTime()).ms());
            }
            Samples samples = new Samples();
            Samples peer = new Samples();
            for (int i = 0; i < moves; i++) {
                if (i % 10 == 0) {
                    progress("move " + (i + 1) + " of " + moves);
                }
                once(ours, samples, false);
                if (sides.size() > 1 && i % 5 == 0) {
                    once(sides.getLast(), peer, false);
                }
                ours.beacon().forget();
            }
            if (samples.endless > 0) {
                throw new IllegalStateException(samples.endless + " moves did not end");
            }
            String guest = "guest of 256 MiB that writes 500 of 2,048 pages a second, " + moves + " moves: blackout";
            for (int percent : new int[] {50, 90, 99, 100}) {
                new Figure(guest + ", p" + percent, percentile(samples.blackouts, percent), "ms",
                        peer.blackouts.isEmpty() ? null : percentile(peer.blackouts, percent)).print();
            }
            Figure.of(guest + ", as the cloud tells it, p50", samples.toldBlackouts, "ms").print();
            Figure.of(guest + ", as the guest's own clock tells it, p50", samples.noticed, "ms").print();
            Figure.of("the same guest, not moved: longest silence in 0.5 s, p50", still, "ms").print();
            new Figure("the same, p100", percentile(still, 100), "ms", null).print();
            new Figure("pages of it that were not as it had left them", ours.wrongPages(), "pages", null).print();
        });
    }

    private record Heat(int mib, int rate) {
        @Override
        public String toString() {
            return "%d MiB, %,d pages/s".formatted(mib, rate);
        }
    }

    private void hot() throws Exception {
        withGuests("hot", 768, sides -> {
            for (Heat heat : List.of(new Heat(32, 20_000), new Heat(128, 20_000), new Heat(256, 33_000))) {
                for (Guest side : sides) {
                    side.write(heat.mib, heat.rate);
                }
                List<Samples> samples = new ArrayList<>();
                for (Guest side : sides) {
                    Samples one = new Samples();
                    samples.add(one);
                    for (int round = 0; round < Math.min(rounds, 3) && one.endless == 0; round++) {
                        once(side, one, true);
                    }
                }
                Samples ours = samples.getFirst();
                String guest = "guest that writes to " + heat;
                if (samples.size() > 1 && samples.getLast().endless > 0) {
                    progress(guest + ": virsh migrate has not ended within " + ENDLESS.toSeconds() + " s");
                }
                print(guest + ": longest silence; peer: virsh migrate --live", ours.blackouts, samples, s -> s.blackouts, "ms");
                print(guest + ": whole move; peer: virsh migrate --live", ours.totals, samples, s -> s.totals, "ms");
                for (Guest side : sides) {
                    if (side.wrongPages() > 0) {
                        throw new IllegalStateException("pages of a guest were not as it had left them");
                    }
                }
            }
        });
    }

    /** Under KVM, without Linux: where the processor is emulated no 64-bit guest gets far. Its bytes are its beats, as fast as they come. */
    private void kvm() throws Exception {
        byte[] image = Files.readAllBytes(guestFiles.resolve("bootsector.img"));
        ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).putShort(PACE_AT, (short) 1193).putShort(PACE_AT + 2, (short) PERIOD_MS);
        Path fast = Files.write(work.resolve("bootsector-fast.img"), image);
        Path disk = Files.write(Files.createDirectories(work.resolve("shared")).resolve("disk.img"), image);
        disk.toFile().setWritable(true, false);
        Yado.Vm ours = yado.bootSector("kvm", fast, "kvm", 0);
        Libvirt.Peer peer = peers.equals("no") ? null : libvirt.start("kvm", Map.of(
                "TYPE", "kvm",
                "VCPU", "<vcpu>1</vcpu>",
                "MEMORY", "128",
                "MACHINE", System.getenv("BENCH_MACHINE"),
                "CPU", "<cpu mode='host-passthrough'><feature name='arch-capabilities' policy='disable'/></cpu>",
                "BOOT", "<boot dev='hd'/>",
                "DISK", "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none'/><source file='" + disk
                        + "'/><target dev='vda' bus='virtio'/></disk>"), 0, ENDLESS);
        List<Guest> sides = peer == null ? List.of(ours) : List.of(ours, peer);
        for (Guest side : sides) {
            Shell.await("the boot sector to speak", Duration.ofMinutes(2), () -> side.beacon().heardSince(0));
        }
        List<Samples> samples = interleave(sides, Math.max(10, rounds));
        Samples mine = samples.getFirst();
        long from = System.nanoTime();
        Thread.sleep(2000);
        String guest = "boot sector under KVM, disk in a shared pool; peer: virsh migrate --live, the same";
        print(guest + ": longest silence", mine.blackouts, samples, s -> s.blackouts, "ms");
        print(guest + ": whole move", mine.totals, samples, s -> s.totals, "ms");
        new Figure("the same guest, not moved: from byte to byte, p50", ours.beacon().medianPause(from, System.nanoTime()), "ms", null).print();
        new Figure("the same: longest silence in 2 s", ours.beacon().longest(from, System.nanoTime()).ms(), "ms", null).print();
        ours.end();
        if (peer != null) {
            peer.end();
        }
    }

    /** The default goal, on a link that is as fast as this machine. */
    private void converge() throws Exception {
        List<Heat> heats = SIZES.stream()
                .flatMap(mib -> RATES.stream().map(rate -> new Heat(mib, rate)))
                .toList();
        matrix("convergence matrix", heats, null);
    }

    /** The hottest of them on a link that is slower than they write, so that bandwidth alone does not do. */
    private void narrow() throws Exception {
        matrix("at " + NARROW + " MiB/s", List.of(new Heat(16, 60_000), new Heat(256, 33_000), new Heat(512, 60_000)), NARROW);
    }

    private void matrix(String name, List<Heat> heats, Integer mibPerSecond) throws Exception {
        Yado.Vm guest = yado.linux("matrix", 768, guestFiles, COMMAND_LINE, PERIOD_MS);
        guest.narrow(mibPerSecond);
        List<Double> durations = new ArrayList<>();
        List<Double> blackouts = new ArrayList<>();
        Map<String, Integer> rungs = new TreeMap<>();
        int ended = 0;
        for (Heat heat : heats) {
            guest.write(heat.mib, heat.rate);
            rest();
            JsonNode expected = guest.forecast();
            int pace = guest.pace();
            Guest.Moved moved = guest.move();
            Beacon.Silence silence = silenceOf(guest, moved);
            forecasts.add(expected, moved);
            String needed = rungs(moved.told());
            System.err.printf("bench migration: %s: %s, in fact %,d pages/s: %s in %.2f s, longest silence %.1f ms, told %.1f ms, all silences over 20 ms %.0f ms, by %s%n",
                    name, heat, pace, moved.ended() ? "moved" : "stayed", moved.ms() / 1e3, silence.ms(),
                    moved.told().path("result").path("blackoutMs").asDouble(), guest.beacon().sum(moved.from(), moved.to(), 20), needed);
            new Figure("%s: %s: whole move, by %s".formatted(name, heat, needed), moved.ms(), "ms", null).print();
            new Figure("%s: %s: longest silence".formatted(name, heat), silence.ms(), "ms", null).print();
            ended += moved.ended() && moved.ms() <= ENDLESS.toMillis() ? 1 : 0;
            durations.add(moved.ms());
            blackouts.add(silence.ms());
            rungs.merge(needed, 1, Integer::sum);
            if (guest.wrongPages() > 0) {
                throw new IllegalStateException("pages of a guest were not as it had left them: " + heat);
            }
            guest.beacon().forget();
        }
        new Figure(name + ": moved within 60 s", 100.0 * ended / durations.size(), "%", null).print();
        Figure.of(name + ": whole move, p50", durations, "ms").print();
        new Figure(name + ": whole move, the longest", percentile(durations, 100), "ms", null).print();
        Figure.of(name + ": longest silence, p50", blackouts, "ms").print();
        new Figure(name + ": longest silence, the longest", percentile(blackouts, 100), "ms", null).print();
        rungs.forEach((needed, times) -> new Figure(name + ": moves that needed " + needed, times, "moves", null).print());
        guest.end();
    }

    /** Another guest talks to it all the while, over one connection, and says how long it once waited for an answer. */
    private void network() throws Exception {
        List<String> networks = List.of(yado.network());
        Yado.Vm moving = yado.linux("moving", 256, guestFiles, COMMAND_LINE, PERIOD_MS, networks);
        Yado.Vm other = yado.linux("other", 192, guestFiles, COMMAND_LINE, PERIOD_MS, networks);
        for (Yado.Vm guest : List.of(moving, other)) {
            Shell.awaitWords(guest.directory().resolve("serial0.log"), "address=");
        }
        moving.run("net serve 9000 here", Duration.ofSeconds(30));
        List<Double> waited = new ArrayList<>();
        List<Double> silences = new ArrayList<>();
        for (int round = 0; round < Math.min(rounds, 3); round++) {
            // The stream ends by itself; it is begun anew for each move, and is under way when its first answer is there.
            other.run("net stream " + moving.address() + " 9000 6 >/run/stream & sleep 1", Duration.ofSeconds(30));
            Guest.Moved moved = moving.move();
            String said = other.run("wait; cat /run/stream", Duration.ofSeconds(60));
            Matcher words = Pattern.compile("ok rounds=\\d+ gap-ms=(\\d+)").matcher(said);
            if (!words.find() || !moved.ended()) {
                throw new IllegalStateException("the connection did not outlive the move: " + said);
            }
            waited.add(Double.parseDouble(words.group(1)));
            silences.add(silenceOf(moving, moved).ms());
        }
        Figure.of("guest in a network, one connection from another guest: longest wait for an answer", waited, "ms").print();
        Figure.of("the same moves: longest silence of the beacon", silences, "ms").print();
        moving.end();
        other.end();
    }

    private static String rungs(JsonNode told) {
        String kinds = StreamSupport.stream(told.path("rungs").spliterator(), false)
                .map(rung -> rung.path("kind").asString())
                .distinct()
                .collect(Collectors.joining(" "));
        return kinds.isEmpty() ? "nothing" : kinds;
    }

    /** Of the moves that were forecast: how far off that was. */
    private static final class Forecasts {
        private final List<Double> durations = new ArrayList<>();
        private final List<Double> downtimes = new ArrayList<>();

        void add(JsonNode expected, Guest.Moved moved) {
            if (expected == null || moved.told() == null || !moved.ended()) {
                return;
            }
            JsonNode result = moved.told().path("result");
            double came = result.path("totalMs").asDouble();
            durations.add(Math.abs(expected.path("durationMs").asDouble() - came) / came * 100);
            downtimes.add(Math.abs(expected.path("downtimeMs").asDouble() - result.path("blackoutMs").asDouble()));
            System.err.printf("bench migration: forecast %.0f ms held %.1f ms by %s, came %.0f ms held %.1f ms by %s: %s%n",
                    expected.path("durationMs").asDouble(), expected.path("downtimeMs").asDouble(), expected.path("rungs"), came,
                    result.path("blackoutMs").asDouble(), rungs(moved.told()), expected.path("explanation").asString());
        }

        void print() {
            if (!durations.isEmpty()) {
                Figure.of("forecast of " + durations.size() + " moves: error of the duration, p50", durations, "%").print();
                Figure.of("forecast of the same: error of the downtime, p50", downtimes, "ms").print();
            }
        }
    }

    private interface Pick {
        List<Double> of(Samples samples);
    }

    private static void print(String name, List<Double> ours, List<Samples> sides, Pick pick, String unit) {
        if (ours.isEmpty()) {
            progress("none of ours has ended: " + name);
        } else if (sides.size() > 1 && !pick.of(sides.getLast()).isEmpty()) {
            Figure.against(name, ours, unit, pick.of(sides.getLast())).print();
        } else {
            Figure.of(name, ours, unit).print();
        }
    }

    static double percentile(List<Double> values, int percent) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, (int) Math.ceil(sorted.size() * percent / 100.0) - 1));
    }

    /** What the side before has left to do is not to fall into this one's time. */
    private static void rest() throws InterruptedException {
        Thread.sleep(200);
    }

    static void progress(String what) {
        System.err.println("bench migration: " + what);
    }
}
