import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A program that is executed once a call, as a user's shell would. */
final class Command {
    private Command() {}

    /** @param log what it says, for the message when it fails */
    static CompletableFuture<?> run(List<String> words, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        return builder.start().onExit().thenAccept(ended -> {
            if (ended.exitValue() != 0) {
                throw new CompletionException(new IOException(words + " failed: " + read(log)));
            }
        });
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "its output cannot be read";
        }
    }
}
