package dev.yado.vmmd.metrics;

import dev.yado.protocol.VmId;
import dev.yado.vmmd.qmp.DiskActivity;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.vm.GuestSight;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks QEMUs what their guests do to disks, all at once and until a common deadline. One that has not answered the last question is
 * not asked another, so that nothing piles up before a QEMU that hangs. Not for several threads at once.
 */
final class DiskQuestions {
    private final Map<QmpSession, CompletableFuture<List<DiskActivity>>> unanswered = new HashMap<>();
    private final Duration deadline;
    private long silent;

    DiskQuestions(Duration deadline) {
        this.deadline = deadline;
    }

    /** Those who answered in time. */
    Map<VmId, List<DiskActivity>> ask(List<GuestSight> guests) throws InterruptedException {
        unanswered.values().removeIf(CompletableFuture::isDone);
        Map<VmId, CompletableFuture<List<DiskActivity>>> asked = new LinkedHashMap<>();
        for (GuestSight guest : guests) {
            QmpSession session = guest.session();
            if (session == null) {
                continue;
            }
            if (unanswered.containsKey(session)) {
                silent++;
            } else {
                CompletableFuture<List<DiskActivity>> answer = session.send(new QmpCommand.QueryBlockStats());
                asked.put(guest.id(), answer);
                unanswered.put(session, answer);
            }
        }
        long end = System.nanoTime() + deadline.toNanos();
        Map<VmId, List<DiskActivity>> answers = new HashMap<>();
        for (Map.Entry<VmId, CompletableFuture<List<DiskActivity>>> question : asked.entrySet()) {
            try {
                long left = Math.max(0, end - System.nanoTime());
                answers.put(question.getKey(), question.getValue().get(left, TimeUnit.NANOSECONDS));
            } catch (TimeoutException | ExecutionException e) {
                silent++;
            }
        }
        return answers;
    }

    /** How often a QEMU has been left out. */
    long silent() {
        return silent;
    }
}
