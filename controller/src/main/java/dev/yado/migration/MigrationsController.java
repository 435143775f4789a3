package dev.yado.migration;

import dev.yado.api.Caller;
import dev.yado.api.CurrentCaller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.MigrationsApi;
import dev.yado.api.generated.model.MigrationPage;
import dev.yado.protocol.VmId;
import dev.yado.vm.Vms;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class MigrationsController implements MigrationsApi {
    private final Migrations migrations;
    private final Vms vms;
    private final CurrentCaller caller;

    MigrationsController(Migrations migrations, Vms vms, CurrentCaller caller) {
        this.migrations = migrations;
        this.vms = vms;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<MigrationPage> listMigrations(UUID vmId, Integer limit, @Nullable String cursor) {
        Caller who = caller.get();
        VmId vm = vms.get(who, new VmId(vmId)).id();
        Page<dev.yado.api.generated.model.Migration> page =
                migrations.page(vm, PageRequest.of("migrations", limit, cursor)).map(MigrationJson::of);
        return ResponseEntity.ok(new MigrationPage(page.items()).nextCursor(page.nextCursor()));
    }
}
