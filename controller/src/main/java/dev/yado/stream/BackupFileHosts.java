package dev.yado.stream;

import dev.yado.backup.Backup;
import dev.yado.host.HostAddress;
import dev.yado.host.Hosts;
import dev.yado.host.Repositories;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.FileListing;
import dev.yado.trust.MachineHttp;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;

/** Has hosts look into backups: of those that have the repository, the first that can. */
@Component
class BackupFileHosts {
    private static final Logger LOG = LoggerFactory.getLogger(BackupFileHosts.class);
    /** All names of a large file system are read before the first byte. */
    private static final Duration ANSWER = Duration.ofMinutes(2);

    private static final int LONGEST_LISTING = 16 << 20;
    private static final int LONGEST_REFUSAL = 1 << 16;

    /** What another host would say as well. */
    private static final Set<ErrorCode> FINAL = Set.of(
            ErrorCode.NOT_FOUND, ErrorCode.INVALID_REQUEST, ErrorCode.BACKUP_DAMAGED, ErrorCode.BACKUP_KEY_REFUSED);

    private final Repositories repositories;
    private final Hosts hosts;
    private final MachineHttp http;

    BackupFileHosts(Repositories repositories, Hosts hosts, MachineHttp http) {
        this.repositories = repositories;
        this.hosts = hosts;
        this.http = http;
    }

    /** @param bytes closing it ends the call; it ends with an IOException when there were fewer than {@code length} */
    record Content(long length, InputStream bytes) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            bytes.close();
        }
    }

    private interface Ask<T> {
        T of(MachineHttp.Target host, MachineHttp.Call call) throws IOException;
    }

    /**
     * @param path null: the disks and their partitions
     * @throws YadoException {@code NOT_FOUND}, {@code INVALID_REQUEST} as the host says it, {@code REPOSITORY_UNAVAILABLE} when no host has
     *     it at present, {@code UNAVAILABLE} when none of them can look
     */
    FileListing list(Backup backup, @Nullable String path) {
        return ask(backup, "files", path, (host, call) -> {
            MachineHttp.Answer answer = http.send(host, call, ANSWER, LONGEST_LISTING);
            require(answer.status(), answer.body());
            return ProtocolJson.mapper().readValue(answer.body(), FileListing.class);
        });
    }

    /** @throws YadoException as {@link #list} */
    Content open(Backup backup, String path) {
        return ask(backup, "files/content", path, (host, call) -> {
            MachineHttp.Stream answer = http.stream(host, call, ANSWER);
            Content content = new Content(answer.length(), answer.bytes());
            boolean whole = false;
            try {
                if (answer.status() != 200) {
                    require(answer.status(), answer.bytes().readNBytes(LONGEST_REFUSAL));
                }
                if (content.length() < 0) {
                    throw new IOException("it does not say how long the file is");
                }
                whole = true;
                return content;
            } finally {
                if (!whole) {
                    content.close();
                }
            }
        });
    }

    private <T> T ask(Backup backup, String what, @Nullable String path, Ask<T> ask) {
        if (backup.state() != Backup.State.AVAILABLE) {
            throw new YadoException(
                    ErrorCode.CONFLICT,
                    "backup " + backup.id() + " is " + backup.state() + ": files are read of one that is AVAILABLE");
        }
        List<Repositories.At> there = repositories.withMarker(backup.marker()).stream()
                .filter(Repositories.At::usable)
                .toList();
        String why = "";
        for (Repositories.At at : there) {
            try {
                HostAddress address = hosts.address(at.host());
                return ask.of(
                        new MachineHttp.Target(address.machine(), URI.create(address.url())),
                        new MachineHttp.Call(
                                "GET",
                                "/v1/repositories/" + encoded(at.repository().name()) + "/backups/" + backup.job() + "/"
                                        + what + (path == null ? "" : "?path=" + encoded(path)),
                                Map.of("Accept", "*/*"),
                                null));
            } catch (IOException | JacksonException e) {
                LOG.warn("host {} cannot look into backup {}", at.hostName(), backup.id(), e);
                why = String.valueOf(e.getMessage());
            }
        }
        throw there.isEmpty()
                ? new YadoException(
                        ErrorCode.REPOSITORY_UNAVAILABLE,
                        "no host that reports has the repository of backup " + backup.id() + " at present")
                : new YadoException(
                        ErrorCode.UNAVAILABLE,
                        "none of the " + there.size() + " hosts that have the repository of backup " + backup.id()
                                + " can look into it: " + why);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private record Problem(@Nullable String code, @Nullable String detail) {}

    /** @throws IOException for what another host may do better */
    private static void require(int status, byte[] body) throws IOException {
        if (status == 200) {
            return;
        }
        Problem problem = ProtocolJson.mapper().readValue(body, Problem.class);
        String detail = problem.detail() == null ? "status " + status : problem.detail();
        for (ErrorCode code : FINAL) {
            if (code.name().equals(problem.code())) {
                throw new YadoException(code, detail);
            }
        }
        throw new IOException(detail);
    }
}
