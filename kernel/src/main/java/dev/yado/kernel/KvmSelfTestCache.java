package dev.yado.kernel;

import dev.yado.protocol.SelfTestReport.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Remembers a self-test's result in a file until the host is booted anew, its kernel changes or the device file does,
 * so that a restart of the daemon does not repeat it. UNAVAILABLE is not kept: the operator may have mended it.
 */
public final class KvmSelfTestCache {
    private static final Logger log = LoggerFactory.getLogger(KvmSelfTestCache.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private final ProcFs proc;

    /** What must be unchanged for a result to hold. */
    private record Circumstances(String bootId, String kernelRelease, String device) {}

    private record Entry(Circumstances circumstances, KvmSelfTestResult result) {}

    @FunctionalInterface
    interface Run {
        KvmSelfTestResult now() throws InterruptedException;
    }

    /** @param file in a directory that exists; made and replaced here */
    public KvmSelfTestCache(Path file, ProcFs proc) {
        this.file = file;
        this.proc = proc;
    }

    /** The remembered result, or that of {@code test}, run now. An unreadable or unwritable file only costs the time. */
    public KvmSelfTestResult getOrRun(KvmSelfTest test) throws IOException, InterruptedException {
        return getOrRun(test.device(), test::run);
    }

    KvmSelfTestResult getOrRun(Path device, Run test) throws IOException, InterruptedException {
        Circumstances now = circumstances(device);
        Optional<KvmSelfTestResult> remembered =
                read().filter(entry -> now.equals(entry.circumstances())).map(Entry::result);
        if (remembered.isPresent()) {
            return remembered.get();
        }
        KvmSelfTestResult result = test.now();
        if (result.verdict() != Verdict.UNAVAILABLE) {
            write(new Entry(now, result));
        }
        return result;
    }

    private Circumstances circumstances(Path device) throws IOException {
        return new Circumstances(proc.bootId(), proc.kernelRelease(), describe(device));
    }

    /** Owner, mode, device number and whether this process may use it. */
    private static String describe(Path device) {
        try {
            var attributes = Files.readAttributes(device, "unix:uid,gid,mode,rdev", LinkOption.NOFOLLOW_LINKS);
            boolean usable = Files.isReadable(device) && Files.isWritable(device);
            return device + " " + new TreeMap<>(attributes) + (usable ? " usable" : " not usable");
        } catch (IOException e) {
            return device + " absent";
        }
    }

    private Optional<Entry> read() {
        try {
            return Optional.of(JSON.readValue(Files.readAllBytes(file), Entry.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | JacksonException e) {
            log.info("{} is not used, the KVM self-test runs again: {}", file, e.getMessage());
            return Optional.empty();
        }
    }

    /** Written beside and moved, so that a crash leaves the old file or the new one. */
    private void write(Entry entry) {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.write(fresh, JSON.writeValueAsBytes(entry));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            log.warn("the KVM self-test's result could not be kept in {}", file, e);
        }
    }
}
