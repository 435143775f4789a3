package dev.yado.vmmd.move;

import dev.yado.kernel.ProcFs;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.Forecast;
import dev.yado.vmmd.move.ladder.Abilities;
import dev.yado.vmmd.move.ladder.Foresight;
import dev.yado.vmmd.move.ladder.Foresight.Load;
import dev.yado.vmmd.move.ladder.Writing;
import dev.yado.vmmd.qmp.DirtyRate;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.store.LessonStore;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at a guest for about a second and says what its move would be like. Nothing of the guest or its process is changed. */
public final class Forecasting {
    private static final Logger log = LoggerFactory.getLogger(Forecasting.class);
    private static final int PAGE = 4096;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(50);
    private static final int SAMPLES_PER_GIB = 2048;
    /** What a destination can do is not known before it is ready: most can what this host can. */
    private static final Abilities BOTH = new Abilities(true, true, true, Streams.PREEMPT, 1);

    private final LessonStore lessons;

    public Forecasting(LessonStore lessons) {
        this.lessons = lessons;
    }

    /**
     * A VM, as it is.
     *
     * @param pid of its process
     * @param runs false for one that is held
     */
    public record Live(long pid, @Nullable QmpSession session, Mebibytes memory, boolean runs) {}

    /**
     * @param live null for one that does not run
     * @param diskBytes that would be copied
     * @throws IOException when it cannot be looked at, with a sentence
     */
    public Forecast of(VmId vm, Forecast.Question question, @Nullable Live live, long diskBytes)
            throws IOException, InterruptedException {
        Load load = live == null ? new Load(0, 0, Writing.NONE, diskBytes) : load(live, diskBytes);
        return Foresight.of(
                question.goal(), BOTH, load, Experience.speeds(lessons.all(), vm, question.bytesPerSecond()));
    }

    private static Load load(Live live, long diskBytes) throws IOException, InterruptedException {
        long bytes = live.memory().value() << 20;
        try {
            PageSampling.Sight sight = PageSampling.look(live.pid(), bytes, live.runs());
            return new Load(bytes / PAGE, sight.full(), sight.writing(), diskBytes);
        } catch (IOException e) {
            log.debug("process {}: its memory cannot be looked into, QEMU is asked", live.pid(), e);
            return byQemu(live, bytes, diskBytes);
        }
    }

    /** Where a daemon that is not root may not look: what the process holds, and what QEMU has seen in a whole second. */
    private static Load byQemu(Live live, long bytes, long diskBytes) throws IOException, InterruptedException {
        long resident = ProcFs.ofHost()
                .process(live.pid())
                .map(process -> process.resident().value() << 20)
                .orElseThrow(() -> new IOException("its process is gone"));
        QmpSession qemu = live.session();
        if (qemu == null) {
            throw new IOException("QEMU cannot be asked at the moment");
        }
        Writing writing = live.runs() ? writing(qemu, bytes) : Writing.NONE;
        return new Load(bytes / PAGE, Math.min(bytes, resident) / PAGE, writing, diskBytes);
    }

    private static Writing writing(QmpSession qemu, long bytes) throws QmpException, InterruptedException {
        qemu.run(new QmpCommand.CalcDirtyRate(1, SAMPLES_PER_GIB), PATIENCE);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            Thread.sleep(BETWEEN_QUESTIONS);
            DirtyRate rate = qemu.run(new QmpCommand.QueryDirtyRate(), PATIENCE);
            Long mib = rate.mibPerSecond();
            if (mib != null) {
                return Writing.of(List.of(new Writing.Seen(1, mib << 20)), bytes);
            }
        }
        throw new QmpException("QEMU did not say within " + PATIENCE.toSeconds() + " s how fast the guest writes");
    }
}
