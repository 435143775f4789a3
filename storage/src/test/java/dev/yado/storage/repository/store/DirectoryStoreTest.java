package dev.yado.storage.repository.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryStoreTest {
    @TempDir
    private Path directory = Path.of("");

    private DirectoryStore store() {
        DirectoryStore store = new DirectoryStore(directory.resolve("repository"));
        store.put(ObjectStore.MARKER, text("{}"));
        return store;
    }

    private static ByteBuffer text(String content) {
        return ByteBuffer.wrap(content.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void keepsObjectsAndOverwritesNone() {
        DirectoryStore store = store();
        assertThat(store.put("kept/aa/one", text("hello"))).isTrue();
        assertThat(store.put("kept/aa/one", text("other"))).isFalse();

        assertThat(store.get("kept/aa/one")).contains(text("hello"));
        assertThat(store.get("kept/aa/one", 1, 3)).contains(text("ell"));
        assertThat(store.get("kept/aa/one", 9, 10)).contains(text(""));
        assertThat(store.get("kept/none")).isEmpty();
        assertThat(store.look("kept/none")).isEmpty();
        store.put("kept/two", text(""));
        List<String> names = new ArrayList<>();
        store.list("kept/", each -> names.add(each.name()));
        assertThat(new TreeSet<>(names)).containsExactly("kept/aa/one", "kept/two");
        store.delete("kept/aa/one");
        store.delete("kept/aa/one");
        assertThat(store.get("kept/aa/one")).isEmpty();
    }

    @Test
    void writesNothingWhereTheFileSystemIsNotMounted() throws IOException {
        DirectoryStore store = store();
        store.put("kept/one", text("hello"));
        Files.move(directory.resolve("repository"), directory.resolve("elsewhere"));
        Files.createDirectory(directory.resolve("repository"));

        refused(ErrorCode.REPOSITORY_UNAVAILABLE, "not mounted", () -> store.get("kept/one"));
        refused(ErrorCode.REPOSITORY_UNAVAILABLE, "not mounted", () -> store.put("kept/two", text("x")));
        refused(ErrorCode.REPOSITORY_UNAVAILABLE, "not mounted", () -> store.list("kept/", each -> {}));
        assertThat(directory.resolve("repository")).isEmptyDirectory();
    }

    @Test
    void throwsAwayWhatWritersLeftThatDiedLongAgo() throws IOException {
        DirectoryStore store = store();
        Path unfinished = directory.resolve("repository").resolve("tmp");
        Path old = Files.writeString(unfinished.resolve("old"), "half");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(90_000)));
        Path fresh = Files.writeString(unfinished.resolve("fresh"), "half");

        store.tidy();

        assertThat(old).doesNotExist();
        assertThat(fresh).exists();
    }

    /** On file systems of their own, so only as root. */
    @Test
    void tellsAFileSystemThatIsFullOrReadOnly() throws Exception {
        Path small = Files.createDirectory(directory.resolve("small"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=1m", "yado-test", small.toString()), "needs root, for mount");
        try {
            DirectoryStore store = new DirectoryStore(small.resolve("repository"));
            store.put(ObjectStore.MARKER, text("{}"));
            refused(ErrorCode.REPOSITORY_FULL, "no space left", () -> store.put("big", ByteBuffer.allocate(2 << 20)));
            assertThat(store.get("big")).isEmpty();
            assertThat(small.resolve("repository").resolve("tmp")).isEmptyDirectory();
            assertThat(store.put("small", text("fits"))).isTrue();

            assertThat(run("mount", "-o", "remount,ro", small.toString())).isTrue();
            refused(ErrorCode.REPOSITORY_UNAVAILABLE, "read-only", () -> store.put("more", text("x")));
            assertThat(store.get("small")).contains(text("fits"));
        } finally {
            run("umount", "-l", small.toString());
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    private static void refused(ErrorCode code, String why, ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(why);
    }
}
