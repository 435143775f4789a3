package dev.yado.host;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.VmId;
import dev.yado.protocol.backup.BackupAgent;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.protocol.backup.RepositoryAgent;
import dev.yado.telemetry.LogKey;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One host's part in backups, over HTTPS. */
record HttpBackupAgent(HostAddress address, HttpCalls calls) implements BackupAgent, RepositoryAgent {
    private static final String BACKUP = "/v1/vms/{id}/backup";
    private static final String IN_REPOSITORY = "/v1/repositories/{name}/backups/{id}";

    @Override
    public BackupAnswer putBackup(CallFence fence, VmId vm, BackupJob job) {
        return ask("PUT", vm, "", fence, job);
    }

    @Override
    public BackupAnswer backup(VmId vm, BackupId backup) {
        return ask("GET", vm, "?backup=" + backup, null, null);
    }

    @Override
    public BackupAnswer cancelBackup(CallFence fence, VmId vm, BackupId backup) {
        return ask("DELETE", vm, "?backup=" + backup, fence, null);
    }

    private BackupAnswer ask(String method, VmId vm, String query, @Nullable CallFence fence, @Nullable Object body) {
        return calls.send(
                address,
                new HttpCalls.Request(
                        method + " " + BACKUP,
                        LogKey.VM,
                        vm,
                        method,
                        BACKUP.replace("{id}", vm.toString()) + query,
                        fence,
                        body),
                BackupAnswer.class);
    }

    @Override
    public Forgotten forgetBackup(CallFence fence, String repository, BackupId backup) {
        String name = URLEncoder.encode(repository, StandardCharsets.UTF_8);
        return calls.send(
                address,
                new HttpCalls.Request(
                        "DELETE " + IN_REPOSITORY,
                        LogKey.BACKUP,
                        backup,
                        "DELETE",
                        IN_REPOSITORY.replace("{name}", name).replace("{id}", backup.toString()),
                        fence,
                        null),
                Forgotten.class);
    }
}
