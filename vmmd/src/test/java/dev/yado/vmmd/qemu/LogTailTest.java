package dev.yado.vmmd.qemu;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTailTest {
    @TempDir
    Path directory = Path.of("");

    private Path file = Path.of("");
    private LogTail log = new LogTail(file);

    @BeforeEach
    void makeLog() throws IOException {
        file = directory.resolve("serial.log");
        Files.createFile(file);
        log = new LogTail(file);
    }

    @Test
    void followsWhatIsAppended() throws IOException {
        append("one");
        LogTail.Piece piece = log.from(0, 100);
        append("two");
        assertThat(log.from(piece.next(), 100).bytes()).isEqualTo("two".getBytes(US_ASCII));
    }

    @Test
    void cutsTheFileAndKeepsItsEnd() throws IOException {
        append("x".repeat((int) LogTail.LIMIT) + "the end");
        long end = log.end();
        log.trim();
        assertThat(Files.size(file)).isZero();
        assertThat(log.end()).isEqualTo(end);
        assertThat(log.last(7)).isEqualTo("the end".getBytes(US_ASCII));
    }

    @Test
    void followerOfACutFileMissesNothingThatComesAfter() throws IOException {
        append("x".repeat((int) LogTail.LIMIT + 1));
        long seen = log.end();
        log.trim();
        append("news");
        assertThat(log.from(seen, 100).bytes()).isEqualTo("news".getBytes(US_ASCII));
        assertThat(log.last(5)).isEqualTo("xnews".getBytes(US_ASCII));
    }

    @Test
    void doesNotFollowALinkThatSomebodyPutThere() throws IOException {
        Path secret = Files.writeString(directory.resolve("secret"), "secret");
        Files.delete(file);
        Files.createSymbolicLink(file, secret);
        assertThatThrownBy(() -> log.last(100)).isInstanceOf(IOException.class);
    }

    private void append(String text) throws IOException {
        Files.write(file, text.getBytes(US_ASCII), StandardOpenOption.APPEND);
    }
}
