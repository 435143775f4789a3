package dev.yado.vmmd.api;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.BackupAgent;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.protocol.backup.RepositoryAgent;
import dev.yado.vmmd.files.HostFiles;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

/** The routes of backups. */
final class BackupRoutes {
    private final BackupAgent backups;
    private final RepositoryAgent repositories;
    private final HostFiles files;

    BackupRoutes(BackupAgent backups, RepositoryAgent repositories, HostFiles files) {
        this.files = files;
        this.backups = backups;
        this.repositories = repositories;
    }

    /** @return false when the path is none of backups */
    boolean route(String method, String[] parts, Exchange exchange) throws IOException {
        if (parts.length >= 5 && parts[1].equals("repositories") && parts[3].equals("backups")) {
            return inRepository(method, parts, exchange);
        }
        if (parts.length != 4 || !parts[1].equals("vms") || !parts[3].equals("backup")) {
            return false;
        }
        VmId vm = VmId.of(parts[2]);
        switch (method) {
            case "PUT" -> {
                BackupJob job = exchange.body(BackupJob.class);
                check(job);
                exchange.answer(backups.putBackup(exchange.fence(), vm, job));
            }
            case "GET" -> exchange.answer(backups.backup(vm, backup(exchange)));
            case "DELETE" -> exchange.answer(backups.cancelBackup(exchange.fence(), vm, backup(exchange)));
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean inRepository(String method, String[] parts, Exchange exchange) throws IOException {
        String repository = parts[2];
        BackupId backup = BackupId.of(parts[4]);
        switch (method + " " + String.join("/", List.of(parts).subList(5, parts.length))) {
            case "DELETE " -> exchange.answer(repositories.forgetBackup(exchange.fence(), repository, backup));
            case "GET files" ->
                exchange.answer(
                        files.list(repository, backup, exchange.text("path").orElse(null)));
            case "GET files/content" ->
                files.copy(
                        repository,
                        backup,
                        exchange.text("path")
                                .orElseThrow(() ->
                                        new YadoException(ErrorCode.INVALID_REQUEST, "The query needs path=PATH.")),
                        file -> exchange.begin("application/octet-stream", file.size()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private static BackupId backup(Exchange exchange) {
        return BackupId.of(exchange.text("backup")
                .orElseThrow(() -> new YadoException(ErrorCode.INVALID_REQUEST, "The query needs backup=ID.")));
    }

    private static void check(BackupJob job) {
        require(job.id() != null, "id is missing");
        require(job.repository() != null, "repository is missing");
        require(job.disks().stream().allMatch(Objects::nonNull), "a disk has no id");
        require(new HashSet<>(job.disks()).size() == job.disks().size(), "a disk is named twice");
        require(!job.id().equals(job.previous()), "previous is the backup itself");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, "The backup is refused: " + otherwise + ".");
        }
    }
}
