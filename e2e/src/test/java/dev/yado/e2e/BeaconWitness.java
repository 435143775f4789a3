package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Hears every beacon that a guest sends, from whatever process on whatever host, also from one that is gone: that no number comes
 * twice says that the guest never ran twice; that none is lower than one of before says that it never went back.
 */
final class BeaconWitness implements AutoCloseable {
    private static final Pattern BEACON = Pattern.compile("beacon (\\d+) \\d+\\.\\d\\d");
    private static final long LOOK_EVERY_MILLIS = 10;

    private final Path hosts;
    private final String vm;
    /** By the identity of the file: a host that the guest comes back to begins another one. */
    private final Map<Object, Words> words = new LinkedHashMap<>();

    private final Thread looking;

    private record Words(String host, FileChannel file, long from) {}

    /** What one process of the guest sent. */
    record Run(String host, List<Long> beacons) {}

    BeaconWitness(Cloud cloud, Vm vm) {
        this(cloud, vm, false);
    }

    /** Of a guest that was booted again, where its earlier life has said things too: they are not heard. */
    static BeaconWitness fromNowOn(Cloud cloud, Vm vm) {
        return new BeaconWitness(cloud, vm, true);
    }

    private BeaconWitness(Cloud cloud, Vm vm, boolean fromNowOn) {
        this.hosts = cloud.state().resolve("hosts");
        this.vm = vm.id();
        look(fromNowOn);
        looking = Thread.ofVirtual().start(this::goOnLooking);
    }

    private void goOnLooking() {
        try {
            while (true) {
                Thread.sleep(LOOK_EVERY_MILLIS);
                look(false);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void look(boolean fromTheEnd) {
        try (Stream<Path> all = Files.list(hosts)) {
            for (Path host : all.toList()) {
                Path log = host.resolve("vms").resolve(vm).resolve("serial1.log");
                try {
                    Object identity = Files.readAttributes(log, java.nio.file.attribute.BasicFileAttributes.class)
                            .fileKey();
                    if (!words.containsKey(identity)) {
                        FileChannel file = FileChannel.open(log, StandardOpenOption.READ);
                        words.put(
                                identity, new Words(host.getFileName().toString(), file, fromTheEnd ? file.size() : 0));
                    }
                } catch (NoSuchFileException notHere) {
                    // It is on another host.
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In the order in which they ran; processes that never let the guest run are left out. */
    synchronized List<Run> runs() {
        look(false);
        List<Run> runs = new ArrayList<>();
        words.values().forEach(each -> {
            List<Long> beacons = beacons(each);
            if (!beacons.isEmpty()) {
                runs.add(new Run(each.host(), beacons));
            }
        });
        runs.sort(Comparator.comparing(run -> run.beacons().getFirst()));
        return runs;
    }

    private static List<Long> beacons(Words words) {
        try {
            FileChannel file = words.file();
            ByteBuffer bytes = ByteBuffer.allocate((int) (file.size() - words.from()));
            while (bytes.hasRemaining() && file.read(bytes, words.from() + bytes.position()) > 0) {}
            List<Long> beacons = new ArrayList<>();
            Matcher matcher =
                    BEACON.matcher(new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1));
            while (matcher.find()) {
                beacons.add(Long.parseLong(matcher.group(1)));
            }
            return beacons;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long last() {
        return runs().stream().mapToLong(run -> run.beacons().getLast()).max().orElse(-1);
    }

    void ranOnceAndForward() {
        List<Run> runs = runs();
        List<Long> all = runs.stream().flatMap(run -> run.beacons().stream()).toList();
        for (int i = 1; i < all.size(); i++) {
            assertThat(all.get(i))
                    .as(
                            "beacon after %d of VM %s; it ran on %s",
                            all.get(i - 1),
                            vm,
                            runs.stream().map(BeaconWitness::inShort).toList())
                    .isGreaterThan(all.get(i - 1));
        }
    }

    private static String inShort(Run run) {
        return run.host() + " " + run.beacons().getFirst() + ".."
                + run.beacons().getLast();
    }

    @Override
    public void close() {
        looking.interrupt();
        synchronized (this) {
            words.values().forEach(each -> {
                try {
                    each.file().close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
