package dev.yado.kernel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * Whether the kernel's OOM killer ended a process.
 *
 * @param source where that is known from, or why it is not, for the VM's history
 */
public record OomEvidence(Answer answer, String source) {
    public enum Answer {
        KILLED,
        NOT_KILLED,
        UNKNOWN
    }

    private static final Path KERNEL_LOG = Path.of("/dev/kmsg");

    /**
     * Asks the cgroup's counter first and the kernel's log only where there is none. The log knows pids, not processes:
     * ask soon after the exit, before the pid is used again.
     *
     * @param killsBefore {@link Cgroup#oomKills} when the process was started, 0 for a new cgroup
     */
    public static OomEvidence of(long pid, CgroupAnswer cgroup, long killsBefore) {
        return of(pid, cgroup, killsBefore, KERNEL_LOG);
    }

    static OomEvidence of(long pid, CgroupAnswer cgroup, long killsBefore, Path kernelLog) {
        return switch (cgroup) {
            case Cgroup group -> {
                OptionalLong kills = group.oomKills();
                yield kills.isPresent() ? counted(killsBefore, kills.getAsLong()) : logged(pid, kernelLog);
            }
            case CgroupUnavailable _ -> logged(pid, kernelLog);
        };
    }

    private static OomEvidence counted(long before, long now) {
        String source = "the cgroup's oom_kill went from " + before + " to " + now;
        return new OomEvidence(now > before ? Answer.KILLED : Answer.NOT_KILLED, source);
    }

    private static OomEvidence logged(long pid, Path kernelLog) {
        try {
            String trace = "Killed process " + pid + " (";
            return new KernelLog(kernelLog)
                    .read().stream()
                            .filter(entry -> entry.contains(trace))
                            .reduce((older, newer) -> newer)
                            .map(entry -> new OomEvidence(Answer.KILLED, "kernel log: " + message(entry)))
                            .orElseGet(() -> new OomEvidence(Answer.NOT_KILLED, "the kernel log names no such kill"));
        } catch (IOException e) {
            return new OomEvidence(Answer.UNKNOWN, "neither a cgroup nor the kernel log: " + e.getMessage());
        }
    }

    /** {@code priority,sequence,time,flags;message} and perhaps more lines. */
    private static String message(String entry) {
        String firstLine = entry.lines().findFirst().orElse(entry);
        return firstLine.substring(firstLine.indexOf(';') + 1);
    }
}
