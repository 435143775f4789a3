package dev.yado.vmmd.store;

import dev.yado.protocol.ProtocolJson;
import dev.yado.vmmd.store.DurableFile.Survives;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** What the last moves from this host have shown. It is no record of anything: lost or damaged, it begins anew. */
public final class LessonStore {
    private static final Logger log = LoggerFactory.getLogger(LessonStore.class);
    private static final int KEPT = 24;

    private final Path file;
    private List<Lesson> lessons;

    public LessonStore(StateDirectory state) {
        file = state.root().resolve("lessons.json");
        lessons = read(file);
    }

    /** The oldest first. */
    public synchronized List<Lesson> all() {
        return lessons;
    }

    public synchronized void add(Lesson lesson) {
        List<Lesson> next = new ArrayList<>(lessons);
        next.add(lesson);
        lessons = List.copyOf(next.subList(Math.max(0, next.size() - KEPT), next.size()));
        try {
            DurableFile.replace(file, ProtocolJson.mapper().writeValueAsBytes(lessons), Survives.DAEMON);
        } catch (IOException e) {
            log.warn("what a move has shown is forgotten at the daemon's end: {}", e.getMessage());
        }
    }

    private static List<Lesson> read(Path file) {
        try {
            return Files.exists(file)
                    ? Arrays.asList(ProtocolJson.mapper().readValue(Files.readAllBytes(file), Lesson[].class))
                    : List.of();
        } catch (IOException | JacksonException e) {
            log.warn("{} cannot be read, how fast guests move from here is learnt anew: {}", file, e.getMessage());
            return List.of();
        }
    }
}
