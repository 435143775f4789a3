package dev.yado.stream;

import dev.yado.api.CurrentCaller;
import dev.yado.api.generated.model.BackupFile;
import dev.yado.api.generated.model.BackupFileList;
import dev.yado.backup.Backup;
import dev.yado.backup.Backups;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.FileListing;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.constraints.Size;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** By hand, as all streams are. */
@RestController
class BackupFilesController {
    private static final int LONGEST_PATH = 8192;
    /** Of this replica; hosts have limits of their own. */
    private static final int AT_A_TIME = 16;
    /** Whoever takes the bytes slowly keeps a host at it. */
    private static final Duration LONGEST = Duration.ofHours(1);

    private final Backups backups;
    private final BackupFileHosts hosts;
    private final CurrentCaller caller;
    private final Semaphore turns = new Semaphore(AT_A_TIME);

    BackupFilesController(Backups backups, BackupFileHosts hosts, CurrentCaller caller) {
        this.backups = backups;
        this.hosts = hosts;
        this.caller = caller;
    }

    private interface Work<T> {
        T with(Backup backup) throws IOException;
    }

    private <T> T inTurn(UUID backupId, Work<T> work) throws IOException {
        Backup backup = backups.get(caller.get(), new BackupId(backupId));
        if (!turns.tryAcquire()) {
            throw new YadoException(
                    ErrorCode.UNAVAILABLE,
                    "files of " + AT_A_TIME + " backups are being read, as many as may be at a time");
        }
        try {
            return work.with(backup);
        } finally {
            turns.release();
        }
    }

    @GetMapping("/v1/backups/{backupId}/files")
    BackupFileList list(
            @PathVariable("backupId") UUID backupId,
            @Size(min = 1, max = LONGEST_PATH) @RequestParam(value = "path", required = false) @Nullable String path)
            throws IOException {
        FileListing listing = inTurn(backupId, backup -> hosts.list(backup, path));
        return new BackupFileList(
                listing.entries().stream().map(BackupFilesController::file).toList(), listing.truncated());
    }

    private static BackupFile file(FileListing.Entry entry) {
        return new BackupFile(
                        entry.path(),
                        BackupFile.KindEnum.fromValue(entry.kind().name().toLowerCase(Locale.ROOT)))
                .bytes(entry.bytes())
                .mode(entry.mode().isEmpty() ? null : entry.mode())
                .modified(entry.modified().isEmpty() ? null : entry.modified())
                .target(entry.target());
    }

    /** An answer that was begun and cannot be ended is cut off, so that nobody takes it for whole. */
    @GetMapping("/v1/backups/{backupId}/files/content")
    void content(
            @PathVariable("backupId") UUID backupId,
            @Size(min = 1, max = LONGEST_PATH) @RequestParam("path") String path,
            HttpServletResponse response)
            throws IOException {
        inTurn(backupId, backup -> {
            try (BackupFileHosts.Content file = hosts.open(backup, path)) {
                Thread deadline = Thread.startVirtualThread(() -> endInTime(file));
                try {
                    response.setContentType(MediaType.APPLICATION_OCTET_STREAM_VALUE);
                    response.setContentLengthLong(file.length());
                    response.setHeader(HttpHeaders.CONTENT_DISPOSITION, attachment(path));
                    response.flushBuffer();
                    return file.bytes().transferTo(response.getOutputStream());
                } finally {
                    deadline.interrupt();
                }
            }
        });
    }

    private static void endInTime(BackupFileHosts.Content file) {
        try {
            Thread.sleep(LONGEST);
            file.close();
        } catch (InterruptedException inTime) {
            Thread.currentThread().interrupt();
        } catch (IOException closed) {
            throw new IllegalStateException("it cannot be closed", closed);
        }
    }

    /** The guest has chosen the name. */
    private static String attachment(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1).replaceAll("\\p{Cntrl}", "_");
        return ContentDisposition.attachment()
                .filename(name, StandardCharsets.UTF_8)
                .build()
                .toString();
    }
}
