package dev.yado.cli.image;

import dev.yado.cli.session.Session;
import dev.yado.cli.session.WaitOptions;
import dev.yado.cli.session.Waiting;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Answer;
import dev.yado.cli.wire.Api;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = {
            "Make an image from a file of this machine, or from an address that the controller fetches.",
            "The digest of a file is computed first and sent along: other content is refused."
        },
        footer = {
            "",
            "Example:",
            "  yado image create debian-13 --format qcow2 --file debian-13.qcow2",
            "  yado image create debian-13 --format qcow2 --source-url https://example.org/debian-13.qcow2"
        })
public final class ImageCreate implements Runnable {
    enum ImageFormat {
        QCOW2,
        RAW;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final class Source {
        @Option(names = "--file", paramLabel = "FILE", description = "Upload this file.")
        private @Nullable Path file;

        @Option(
                names = "--source-url",
                paramLabel = "URL",
                description = "Let the controller fetch it by http or https.")
        private @Nullable String url;
    }

    private static final Duration POLL = Duration.ofMillis(300);

    private final Session session;

    @Parameters(paramLabel = "NAME", description = "Unique in the tenant.")
    private String name = "";

    @Option(names = "--format", required = true, paramLabel = "FORMAT", description = "qcow2 or raw; kernels are raw.")
    private ImageFormat format = ImageFormat.RAW;

    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    @Option(names = "--sha256", paramLabel = "DIGEST", description = "Expected digest of what --source-url gives.")
    private @Nullable String sha256;

    @Option(names = "--architecture", paramLabel = "NAME", description = "x86_64 (default) or aarch64.")
    private @Nullable String architecture;

    @Option(names = "--public", description = "For all tenants; takes the administrator's token.")
    private boolean forAll;

    @Mixin
    private WaitOptions wait = new WaitOptions();

    public ImageCreate(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Api api = forAll ? session.apiForAllTenants() : session.api();
        Json.Document body = new Json.Document().with("name", name).with("format", format.toString());
        body = architecture == null ? body : body.with("architecture", architecture);
        if (source.file != null) {
            upload(api, body, source.file);
        } else {
            fetch(api, body.with("sourceUrl", String.valueOf(source.url)));
        }
    }

    private void upload(Api api, Json.Document body, Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw Failure.usage(file + " is not a file", "Give the image's file.");
            }
            Transfer transfer = new Transfer(session.screen(), Files.size(file));
            String digest = transfer.digest(file);
            Json.Document made =
                    api.post("/v1/images", body.with("sha256", digest)).document();
            String path = "/v1/images/" + made.text("id");
            Answer stored;
            try {
                stored = api.upload(path + "/content?sha256=" + digest, file, transfer::sent);
            } catch (Failure failure) {
                withdraw(api, path);
                throw failure;
            } finally {
                session.screen().clear();
            }
            show(stored);
        } catch (IOException failure) {
            throw Failure.usage("cannot read " + file + ": " + failure.getMessage(), "Check its name and its mode.");
        }
    }

    /** So that the same command can be repeated. */
    private void withdraw(Api api, String path) {
        try {
            api.delete(path);
        } catch (Failure stays) {
            session.screen().message("the image " + name + " is left without content: yado image delete " + name);
        }
    }

    private void fetch(Api api, Json.Document body) {
        Answer made = api.post("/v1/images", sha256 == null ? body : body.with("sha256", sha256));
        String id = made.document().text("id");
        Optional<String> operation = made.document().find("operationId");
        if (!wait.waits()) {
            session.show(made, image -> session.screen().answer(operation.orElse(id)));
            return;
        }
        if (operation.isPresent()) {
            Waiting.requireSuccess(new Waiting(session)
                    .untilEnd(operation.get(), wait.timeout())
                    .document());
        }
        show(imported(api, id));
    }

    /** An import without an operation of its own is seen in the image. */
    private Answer imported(Api api, String id) {
        Optional<Long> end = wait.timeout().map(time -> System.nanoTime() + time.toNanos());
        while (true) {
            Answer image = api.get("/v1/images/" + id);
            if (!image.document().text("state").equals("IMPORTING")) {
                session.screen().clear();
                return image;
            }
            if (end.isPresent() && System.nanoTime() > end.get()) {
                throw Failure.of(
                        ExitCode.TIMED_OUT,
                        "TIMED_OUT",
                        "the time-out has passed",
                        "The import goes on. To see it: yado image show " + id);
            }
            session.screen().passing("  import  " + Words.bytes(image.document().number("bytes")) + " so far");
            Waiting.pause(POLL);
        }
    }

    private void show(Answer image) {
        session.show(
                image,
                ready -> session.screen()
                        .answer("image " + name + " is " + ready.text("state") + ", "
                                + Words.bytes(ready.number("bytes")) + ", id " + ready.text("id")));
        if (image.document().text("state").equals("FAILED")) {
            throw Failure.of(
                    ExitCode.FAILED,
                    "IMAGE_INVALID",
                    image.document().text("stateReason"),
                    "Remove it, then make it again: yado image delete " + name);
        }
    }
}
